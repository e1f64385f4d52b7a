import Testing

@testable import Basics
@testable import Experiments

/// The heads and the dropout of each network.
@Suite struct HeadTests {
  private func read(_ settings: [String]) throws -> ModelSettings {
    try Experiment(yaml: nil, overrides: settings.map(Experiment.Override.init(setting:))).model
  }

  @Test(arguments: [
    ("resnet18", "pooled", [Double]()), ("vgg16_bn", "pooled", [0.5, 0.5]), ("densenet121", "pooled", []),
    ("dfn", "flatten", [0.5, 0.5, 0.5]), ("dfnn2", "mlp", [0.5, 0.55, 0.5]),
  ])
  func networksHaveTheirHeadAndPublishedDropout(_ name: String, _ head: String, _ dropouts: [Double]) throws {
    let model = try read(["model.architecture=\(name)"])
    #expect(model.chosenHead.rawValue == head)
    #expect(model.dropouts == dropouts)
    // The order of the keys does not matter.
    #expect(try read(["model.dropout=0", "model.architecture=\(name)"]).dropouts == [])
    #expect(try read(["model.architecture=\(name)", "model.dropout=0"]).dropouts == [])
    let other = try read(["model.architecture=\(name)", "model.dropout=0.2"]).dropouts
    #expect(other == .init(repeating: 0.2, count: max(1, dropouts.count)))
  }

  @Test func aHeadThatTheNetworkLacksIsRefused() throws {
    let error = try #require(throws: InputError.self) {
      try read(["model.architecture=dfn", "model.head=pooled"])
    }
    #expect(error.description.contains("model.head is pooled, but dfn has the head flatten alone"))
    #expect(throws: InputError.self) { try read(["model.head=flatten"]) }
    #expect(throws: InputError.self) { try read(["model.architecture=vgg16", "model.stem=3x3"]) }
    #expect(throws: InputError.self) { try read(["model.architecture=dfn", "data.patch_size=32"]) }
    #expect(throws: Never.self) { try read(["model.architecture=vgg16", "model.head=flatten"]) }
  }

  /// A change of another key leaves the dropout alone.
  @Test func aChangedExperimentKeepsItsDropout() throws {
    var experiment = try Experiment(
      yaml: "model: {architecture: vgg16, dropout: 0}", manifest: .found(dataFolder: nil))
    try experiment.apply([.init(setting: "training.epochs=7")])
    #expect(experiment.model.dropout == 0)
    #expect(try Experiment(yaml: experiment.yaml) == experiment)
  }
}
