import Checkpoints
import Foundation
import SEN12MS
import Tensors

/// What a checkpoint or a safetensors file holds, without the numbers themselves.
public struct ModelFileContents: Encodable, Sendable {
  /// The numbers of a tensor in a nutshell.
  public struct TensorSummary: Encodable, Sendable {
    public let name: String
    /// PyTorch's.
    public let shape: [Int]
    public let count: Int
    public let mean, std, min, max: Double
  }

  public struct Optimizer: Encodable, Sendable {
    public let kind: String
    public let steps: Int
    /// Arrays kept for each parameter.
    public let slots: [String]
  }

  /// Where the run stood.
  public struct Progress: Encodable, Sendable {
    /// Finished epochs.
    public let epoch: Int
    public let stepInEpoch, globalStep: Int
    public let seed: UInt64

    enum CodingKeys: String, CodingKey {
      case epoch, seed
      case stepInEpoch = "step_in_epoch"
      case globalStep = "global_step"
    }
  }

  /// The best validation result so far.
  public struct Best: Encodable, Sendable {
    public let microF1: Double
    public let epoch: Int

    enum CodingKeys: String, CodingKey {
      case epoch
      case microF1 = "micro_f1"
    }
  }

  public let path: String
  /// "checkpoint" or "safetensors".
  public let format: String
  public let bytes: Int
  /// Version of the checkpoint's layout; nil for safetensors.
  public let schema: Int?
  /// What the network expects and gives: bands, classes, normalisation, version of the program.
  public let metadata: [String: String]
  /// The experiment, YAML; nil where the file has none.
  public let experiment: String?
  public let progress: Progress?
  public let best: Best?
  public let optimizer: Optimizer?
  /// Trained numbers, and those that are running statistics.
  public let parameterCount, statisticCount: Int
  /// Entries of a safetensors file of types that are not read.
  public let skipped: [String]
  /// Nil unless asked for.
  public let tensors: [TensorSummary]?

  enum CodingKeys: String, CodingKey {
    case path, format, bytes, schema, metadata, experiment, progress, best, optimizer, skipped, tensors
    case parameterCount = "parameter_count"
    case statisticCount = "statistic_count"
  }

  /// Opens a file; where its first bytes do not tell what it is, its name does.
  ///
  /// - Parameter readsTensors: whether every tensor is summed up.
  /// - Throws: `InputError` (checkpoint) for a file that is absent or damaged.
  public init(path: String, readsTensors: Bool = false) throws {
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
  public var normalisation: Normalisation? {
    metadata[ModelMetadata.normalisation].flatMap {
      try? ReportJSON.decode(Normalisation.self, from: Data($0.utf8))
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
