import Basics
import Checkpoints
import Foundation
import Imagery
import Presentation

/// What a checkpoint or a safetensors file holds, without the numbers themselves.
package struct ModelFileContents: Encodable, Sendable {
  /// Statistics of the elements of a tensor.
  package struct TensorSummary: Encodable, Sendable {
    package let name: String
    /// The shape that the tensor has in PyTorch.
    package let shape: [Int]
    package let count: Int
    package let mean, std, min, max: Double
  }

  package struct Optimizer: Encodable, Sendable {
    package let kind: String
    package let steps: Int
    /// Arrays kept for each parameter.
    package let slots: [String]
  }

  /// Where the run stood.
  package struct Progress: Encodable, Sendable {
    /// Finished epochs.
    package let epoch: Int
    package let stepInEpoch, globalStep: Int
    package let seed: UInt64

    enum CodingKeys: String, CodingKey {
      case epoch, seed
      case stepInEpoch = "step_in_epoch"
      case globalStep = "global_step"
    }
  }

  /// The best validation result so far.
  package struct Best: Encodable, Sendable {
    package let microF1: Double
    package let epoch: Int

    enum CodingKeys: String, CodingKey {
      case epoch
      case microF1 = "micro_f1"
    }
  }

  package let path: String
  /// "checkpoint" or "safetensors".
  package let format: String
  package let bytes: Int
  /// Version of the checkpoint's layout; nil for safetensors.
  package let schema: Int?
  /// What the network expects and gives: bands, classes, normalisation, version of the program.
  package let metadata: [String: String]
  /// The experiment, YAML; nil where the file has none.
  package let experiment: String?
  /// The head of the network and the images that it takes, see `TrainedModel.headText`; nil where there is no choice of heads,
  /// and where the file does not say it.
  package let head: String?
  package let progress: Progress?
  package let best: Best?
  package let optimizer: Optimizer?
  /// Number of trained parameters, and of elements of running statistics.
  package let parameterCount, statisticCount: Int
  /// Names of the entries of a safetensors file whose types are not read.
  package let skipped: [String]
  /// nil unless `readsTensors` is set.
  package let tensors: [TensorSummary]?

  enum CodingKeys: String, CodingKey {
    case path, format, bytes, schema, metadata, experiment, head, progress, best, optimizer, skipped, tensors
    case parameterCount = "parameter_count"
    case statisticCount = "statistic_count"
  }

  /// Opens a file. Its first bytes tell its format; where they do not, its name decides.
  ///
  /// - Parameter readsTensors: whether every tensor is read for its statistics.
  /// - Throws: `InputError` (checkpoint) for a file that is absent or damaged.
  package init(path: String, readsTensors: Bool = false) throws {
    self =
      try ModelPath.isSafetensors(path)
      ? try Self(try SafetensorsFile(path: path), readsTensors)
      : try Self(try CheckpointFile(path: path), readsTensors)
  }

  private init(_ file: CheckpointFile, _ readsTensors: Bool) throws {
    let contents = file.contents
    path = file.path
    format = "checkpoint"
    bytes = Self.size(of: file.path)
    schema = file.schemaVersion
    metadata = contents.metadata.filter { !ModelMetadata.ofTheRun.contains($0.key) }
    experiment = contents.experiment
    head = try? TrainedModel(file).headText
    let place = contents.progress
    progress = Progress(
      epoch: place.epoch, stepInEpoch: place.stepInEpoch, globalStep: place.globalStep, seed: place.seed)
    best = contents.best.map { Best(microF1: $0.value, epoch: $0.epoch) }
    optimizer = contents.optimizer.map { .init(kind: $0.kind, steps: $0.step, slots: $0.slots.map(\.name)) }
    parameterCount = contents.parameters.reduce(0) { $0 + $1.count }
    statisticCount = contents.buffers.reduce(0) { $0 + $1.count }
    skipped = []
    guard readsTensors else {
      tensors = nil
      return
    }
    tensors =
      try contents.parameters.map { TensorSummary($0.name, try file.tensor($0.name, from: .parameters)) }
      + contents.buffers.map { TensorSummary($0.name, try file.tensor($0.name, from: .buffers)) }
  }

  private init(_ file: SafetensorsFile, _ readsTensors: Bool) throws {
    path = file.path
    format = "safetensors"
    bytes = Self.size(of: file.path)
    schema = nil
    metadata = file.metadata.filter { $0.key != ModelMetadata.experiment }
    experiment = file.metadata[ModelMetadata.experiment]
    head = (try? WeightImport.experiment(in: file.path)).flatMap { $0.model.headChoice?.rawValue }
    (progress, best, optimizer) = (nil, nil, nil)
    let statistics = file.tensors.filter {
      $0.name.hasSuffix(".running_mean") || $0.name.hasSuffix(".running_var")
    }
    statisticCount = statistics.reduce(0) { $0 + $1.count }
    parameterCount = file.tensors.reduce(0) { $0 + $1.count } - statisticCount
    skipped = file.skipped
    tensors = readsTensors ? try file.tensors.map { TensorSummary($0.name, try file.tensor($0.name)) } : nil
  }

  /// The normalisation in the metadata, if it can be read.
  package var normalisation: Normalisation? {
    metadata[ModelMetadata.normalisation].flatMap {
      try? ReportJSON.decode(Normalisation.self, from: Data($0.utf8))
    }
  }

  /// Name and bands of each input of the network; nil where the metadata does not say.
  package var inputs: [(name: String, bands: [String])]? {
    metadata[ModelMetadata.bands].map { text in
      text.split(separator: ";").map { part in
        let halves = part.split(separator: ":", maxSplits: 1)
        let name = halves.first?.trimmingCharacters(in: .whitespaces) ?? ""
        return (name, halves.dropFirst().first?.split(separator: " ").map(String.init) ?? [])
      }
    }
  }

  private static func size(of path: String) -> Int {
    let attributes = try? FileManager.default.attributesOfItem(atPath: path)
    return (attributes?[.size] as? NSNumber)?.intValue ?? 0
  }
}

extension ModelFileContents.TensorSummary {
  /// Mean and population standard deviation in double precision; NaN for a tensor without elements.
  fileprivate init(_ name: String, _ tensor: Tensor) {
    let count = Double(tensor.values.count)
    let mean = tensor.values.reduce(0) { $0 + Double($1) } / count
    let squares = tensor.values.reduce(0) { $0 + (Double($1) - mean) * (Double($1) - mean) }
    self.init(
      name: name, shape: tensor.shape, count: tensor.values.count, mean: mean,
      std: (squares / count).squareRoot(), min: tensor.values.min().map(Double.init) ?? .nan,
      max: tensor.values.max().map(Double.init) ?? .nan)
  }
}
