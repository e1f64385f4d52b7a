import Foundation
import TestSupport
import Testing

@testable import Architectures
@testable import Experiments
@testable import Imagery

/// The folder of configurations that come with the program.
private let configurations = URL(filePath: #filePath).deletingLastPathComponent()
  .appending(path: "../../configs").standardizedFileURL

@Suite struct ExperimentTextTests {
  @Test func defaultsRoundTrip() throws {
    #expect(try Experiment(yaml: Experiment().yaml) == Experiment())
    #expect(Experiment().inconsistency == nil)
  }

  @Test func everyKeyRoundTrips() throws {
    var experiment = Experiment()
    experiment.name = "a \"b\": #c\n\\ é 🛰 null"
    experiment.device = "cpu"
    experiment.threads = 3
    experiment.precision = .bf16
    experiment.memory = .low
    experiment.model = .init(
      architecture: Architecture(rawValue: "resnet34")!, fusion: .middle, sensors: ["rgb", "s1"],
      fusionStages: [1, 4],
      fusionWeights: [0.1, 1e-300], dropout: 0.3)
    experiment.labels = .init(scheme: "full", type: .multi, threshold: 1 / 3)
    experiment.data = .init(
      validation: .byScene, validationFraction: 0.123456789012345678, splitSeed: .max, nan: .paper,
      normalisation: .computed, leakage: .ignore, patchSize: 64, crop: .centre, flips: true, rotations: true,
      workers: 9, prefetch: 8)
    experiment.training = .init(
      epochs: 7, batchSize: 6, learningRate: 4e-3, weightDecay: 0, optimizer: .sgd, momentum: 0.95,
      nesterov: true, freeze: ["rgb.stem", "s1"],
      rates: [.init(part: "layer4", factor: 0.1), .init(part: "classifier", factor: 0)], seed: 1 << 63,
      dropLast: true, checkpointEveryEpochs: 5, checkpointEveryMinutes: 0.5)
    experiment.evaluation.batchSize = 1
    #expect(try Experiment(yaml: experiment.yaml) == experiment)

    experiment.model = .init(
      fusion: .late, sensors: ["s2", "s1"], join: .classWeights, lateTraining: .joint)
    experiment.labels = .init(type: .single)
    experiment.data = .init(validation: .list)
    experiment.training = .init(betas: [0.5, 0.25], epsilon: 1e-12, checkpointEveryMinutes: nil)
    #expect(try Experiment(yaml: experiment.yaml) == experiment)
  }

  @Test(arguments: [
    "null", "~", "", " padded ", "true", "- a", "a: b", "@x", "1e5", "\u{7f}", "tab\there", "\u{85}",
  ])
  func namesRoundTrip(_ name: String) throws {
    var experiment = Experiment()
    experiment.name = name.isEmpty ? "x" : name
    #expect(try Experiment(yaml: experiment.yaml) == experiment)
  }

  @Test func keysAreWrittenOnceAndInGroups() {
    let lines = Experiment().yaml.split(separator: "\n").map(String.init)
    #expect(
      lines.prefix(6) == [
        "name: \"experiment\"", "device: \"auto\"", "threads: null", "precision: fp32", "memory: balanced",
        "model:",
      ])
    #expect(lines.contains("  sensors: [s2]") && lines.contains("  betas: [0.9, 0.999]"))
    #expect(lines.count == ExperimentKey.all.count + ExperimentKey.groups.count)
    #expect(Set(ExperimentKey.all.map(\.path)).count == ExperimentKey.all.count)
  }

  @Test func paperSettings() throws {
    let expected: [(String, ModelSettings.FusionKind, [DataName], rate: Double, decay: Double)] = [
      ("s1", .noFusion, ["s1"], 0.001, 1e-5), ("s2", .noFusion, ["s2"], 0.001, 1e-5),
      ("early", .early, ["s2", "s1"], 0.001, 1e-5), ("middle", .middle, ["s2", "s1"], 0.004, 1e-6),
      ("late", .late, ["s2", "s1"], 0.002, 1e-6),
    ]
    for (name, fusion, sensors, rate, decay) in expected {
      let experiment = try Experiment(contentsOf: configurations.appending(path: "paper/\(name).yaml").path)
      // The configuration of the same name outside `paper/` differs only in validation and missing samples.
      var scenes = try Experiment(contentsOf: configurations.appending(path: "\(name).yaml").path)
      #expect(scenes.data.validation == .byScene && scenes.data.nan == (name == "s2" ? .fail : .skip))
      (scenes.data.validation, scenes.data.nan) = (experiment.data.validation, experiment.data.nan)
      #expect(scenes == experiment)
      #expect(experiment.name == name)
      #expect(experiment.model.fusion == fusion && experiment.model.sensors == sensors)
      #expect(experiment.model.architecture == .resnet101)
      #expect(experiment.model.fusionStages == [2] && experiment.model.fusionWeights == [1, 1])
      #expect(experiment.model.lateTraining == .separate && experiment.model.dropout == 0)
      #expect(experiment.labels == .init(scheme: "simplified", type: .multi, threshold: 0.1))
      #expect(experiment.data.validation == .paper && experiment.data.patchSize == nil)
      #expect(experiment.training.epochs == 100 && experiment.training.batchSize == 25)
      #expect(experiment.training.learningRate == rate && experiment.training.weightDecay == decay)
      #expect(experiment.training.optimizer == .adam && experiment.training.betas == [0.9, 0.999])
    }
  }

  @Test func everyConfigurationIsReadAndRoundTrips() throws {
    let files = try #require(
      FileManager.default.enumerator(at: configurations, includingPropertiesForKeys: nil)
    )
    .compactMap { $0 as? URL }.filter { $0.pathExtension == "yaml" }
    #expect(files.count >= 10)
    for file in files {
      let experiment = try Experiment(contentsOf: file.path)
      #expect(try Experiment(yaml: experiment.yaml) == experiment, "\(file.lastPathComponent)")
      #expect(experiment.name == file.deletingPathExtension().lastPathComponent)
    }
  }
}
