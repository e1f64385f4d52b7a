import Foundation
import TestSupport

@testable import Basics
@testable import Experiments
@testable import Imagery
@testable import Metrics
@testable import Networks
@testable import Presentation
@testable import SEN12MS
@testable import Training

/// A synthetic data set of small patches, and runs on it that take seconds. There are 12 training, 4 validation and 4
/// test patches. Training takes batches of 5, so the last batch of an epoch has only 2 patches.
package struct SmallRun {
  private let scratch: ScratchFolder
  package var experiment = Experiment()
  package let progress: ProgressReporter
  /// Makes the device that computes.
  package var makeDevice: @Sendable (Experiment) throws -> any Device = { try Devices().device(for: $0) }

  package init(progress: ProgressReporter = ProgressReporter(quiet: true)) throws {
    scratch = try ScratchFolder()
    self.progress = progress
    try SyntheticDataSet.write(
      to: URL(filePath: data),
      SyntheticOptions(scenes: 5, patchesPerScene: 4, size: 32, seed: 3, signal: .additive), threads: 2)
    (experiment.device, experiment.threads) = ("cpu", 2)
    experiment.model = .init(architecture: .resnet18, fusion: .early, sensors: ["s2", "s1"])
    experiment.data.validation = .list
    experiment.data.flips = true
    experiment.training.epochs = 1
    experiment.training.batchSize = 5
    experiment.training.seed = 11
    experiment.evaluation.batchSize = 3
  }

  package var data: String { scratch.file("data").path }

  package func folder(_ name: String) -> String { scratch.file(name).path }

  package var session: TrainingSession {
    var session = TrainingSession(
      experiment: experiment, data: data, labels: "\(data)/\(SyntheticDataSet.labelFolder)",
      progress: progress)
    session.makeDevice = makeDevice
    return session
  }

  package func splits(_ wanted: [Split]) throws -> PatchSplits {
    try PatchSplits(
      experiment, data: data, labels: session.labels, wanted: wanted,
      passes: FilePasses(threads: 2, progress: progress))
  }

  /// A trainer of a new run, made without a session.
  package func trainer(_ splits: PatchSplits, _ runner: NetworkRunner, in folder: RunFolder) throws -> Trainer
  {
    try Trainer(
      TrainingTask(experiment, splits: splits, runner: runner), in: folder,
      at: Workplace(progress: progress, log: folder.log))
  }

  /// Trains to the end. If there is a run in the folder, it is resumed.
  package func train(in name: String) throws -> Trainer.Outcome {
    let isThere = FileManager.default.fileExists(atPath: RunFolder.configurationPath(in: folder(name)))
    return try session.train(in: RunFolder(folder(name), isThere ? .resume : .new))
  }

  /// All numbers in a run's last checkpoint, optimizer state included.
  package func numbers(_ name: String) throws -> ModelNumbers { try ModelNumbers(model(name)) }

  package func model(_ name: String, _ checkpoint: String = "last") throws -> TrainedModel {
    try TrainedModel(path: "\(folder(name))/checkpoints/\(checkpoint).h5")
  }

  package func table(_ name: String) throws -> MetricsTable {
    try MetricsTable(contentsOf: "\(folder(name))/metrics.csv")
  }

  package func summary(_ name: String) throws -> RunSummary {
    try RunSummary(contentsOf: RunFolder.summaryPath(in: folder(name)))
  }
}

/// The bytes of every tensor of a checkpoint, by name.
package struct ModelNumbers {
  private var bytes: [String: Data] = [:]

  package init(_ model: TrainedModel) throws {
    let contents = model.file.contents
    func keep(_ name: String, _ tensor: Tensor) {
      bytes[name] = tensor.values.withUnsafeBufferPointer { Data(buffer: $0) }
    }
    for parameter in contents.parameters {
      keep(parameter.name, try model.file.tensor(parameter.name, from: .parameters))
      for slot in contents.optimizer?.slots ?? [] {
        keep(
          "\(slot.name) of \(parameter.name)",
          try model.file.tensor(parameter.name, from: .optimizerSlot(slot.name)))
      }
    }
    for buffer in contents.buffers { keep(buffer.name, try model.file.tensor(buffer.name, from: .buffers)) }
  }

  /// Names of the tensors that differ in any bit.
  package func differences(from other: ModelNumbers) -> [String] {
    Set(bytes.keys).union(other.bytes.keys).filter { bytes[$0] != other.bytes[$0] }.sorted()
  }
}

extension MetricsTable {
  /// The rows of the table without columns of times.
  package var results: [String] {
    rows.map { row in
      (["\(row.epoch)", "\(row.trainLoss)", "\(row.validationLoss)"]
        + MetricKey.allCases.map { "\(row.validation[$0] ?? .nan)" })
        .joined(separator: ",")
    }
  }
}
