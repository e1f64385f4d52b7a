import Basics
import Networks
import Testing

@testable import Experiments

/// `training.freeze` and `training.rates`: which parts their names mean, and how wrong names are told.
@Suite struct PartRuleTests {
  private func read(_ settings: String...) throws -> Experiment {
    try Experiment(yaml: nil, overrides: settings.map(Experiment.Override.init(setting:)))
  }

  private func policies(_ settings: String...) throws -> [String: UpdatePolicy] {
    let middle = ["model.architecture=resnet18", "model.fusion=middle", "model.sensors=s1,s2"]
    let experiment = try Experiment(
      yaml: nil, overrides: (middle + settings).map(Experiment.Override.init(setting:)))
    let parameters = experiment.graph.parameters
    return Dictionary(uniqueKeysWithValues: zip(parameters.map(\.name), experiment.updates(parameters)))
  }

  /// A name means a part, a branch, or a part of every branch. Of several rates the last counts.
  @Test func namesMeanParts() throws {
    let frozen = try policies("training.freeze=s1.stem,layer1").filter(\.value.isFrozen).keys
    #expect(frozen.contains("s1.conv1.weight") && !frozen.contains("s2.conv1.weight"))
    #expect(frozen.contains("s1.layer1.0.bn1.bias") && frozen.contains("s2.layer1.0.bn1.bias"))
    #expect(!frozen.contains { $0.contains("layer2") || $0.hasPrefix("layer") || $0.hasPrefix("fc") })

    let rates = try policies("training.rates=s1=0.5,s1.layer2=2,classifier=0").mapValues(\.rateFactor)
    #expect(rates["s1.layer1.0.conv1.weight"] == 0.5 && rates["s1.layer2.0.conv1.weight"] == 2)
    #expect(rates["s2.layer2.0.conv1.weight"] == 1 && rates["fc.weight"] == 0)
  }

  /// A rate of 0 leaves statistics to the batches; `freeze` keeps them.
  @Test func onlyFreezingKeepsStatistics() throws {
    for (setting, isFrozen) in [("training.freeze=layer1", true), ("training.rates=layer1=0", false)] {
      let experiment = try read("model.architecture=resnet18", setting)
      let graph = experiment.frozen(experiment.graph)
      #expect(graph.frozen.count == 12)
      let norms = graph.values.filter {
        if case .batchNorm(let norm) = $0.operation { norm.isFrozen } else { false }
      }
      #expect(norms.count == (isFrozen ? 4 : 0) && norms.allSatisfy { $0.name.hasPrefix("layer1.") })
    }
  }

  @Test(arguments: [
    ("training.freeze=layer5", "the network has no part layer5, which training.freeze names"),
    ("training.rates=s1.stem=0.1", "the network has no part s1.stem, which training.rates names"),
    ("training.freeze=stem,layer1,layer2,layer3,layer4,classifier", "no part of the network would learn"),
    ("training.rates=stem", "such as layer4=0.1"), ("training.rates=stem=-1", "such as layer4=0.1"),
  ])
  func wrongNamesAreTold(_ setting: String, _ problem: String) throws {
    let error = try #require(throws: InputError.self) { try read(setting) }
    #expect("\(error)".contains(problem), "\(error)")
  }
}
