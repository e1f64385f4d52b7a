import Architectures
import Basics
import Checkpoints
import DataSets
import Experiments
import ForeignWeights
import Foundation
import Imagery
import Networks
import Presentation

/// Keys of the metadata in which a checkpoint or a weight file describes the input and output of its network.
package enum ModelMetadata {
  package static let version = "version"
  package static let architecture = "architecture"
  package static let stem = "stem"
  package static let fusion = "fusion"
  package static let sensors = "sensors"
  package static let bands = "bands"
  package static let classes = "classes"
  package static let labels = "labels"
  package static let normalisation = "normalisation"
  /// The name of the data set, the text of its manifest, and the text's SHA-256.
  package static let dataSet = "data_set"
  package static let manifest = "manifest"
  package static let manifestDigest = "manifest_sha256"
  static let trainingMetrics = "training_metrics"
  static let patchSize = "patch_size"
  /// Number of ranks of the run, where there were several.
  static let ranks = "ranks"
  /// The patches whose samples were checked before the training, see `SampleCheck.record`.
  static let samplesLookedAt = "samples_looked_at"
  /// Keys that serve to continue a run, and do not describe the network.
  static let ofTheRun = [trainingMetrics, ranks, samplesLookedAt] + DataDigest.keys
  static let experiment = "experiment"

  /// Keys whose values must agree when weights are imported into an experiment.
  static let identity = [architecture, stem, fusion, bands, classes, labels]
  /// Values of keys that files of older versions lack.
  static let olderValues = [stem: Stem.sevenBySeven.rawValue]

  static func ranks(of file: CheckpointFile) -> Int { file.contents.metadata[ranks].flatMap { Int($0) } ?? 1 }

  static func entries(_ experiment: Experiment, _ normalisation: Normalisation) throws -> [String: String] {
    var entries = description(experiment)
    entries[Self.normalisation] = try ReportJSON.line(normalisation)
    return entries
  }

  /// The entries besides the normalisation.
  static func description(_ experiment: Experiment) -> [String: String] {
    let model = experiment.model
    var fusion = model.fusion.rawValue
    switch model.fusion {
    case .noFusion, .early: break
    case .middle where model.join == .mean:
      fusion += " after \(stages(model.fusionStages)), weights \(model.weights)"
    case .middle: fusion += " after \(stages(model.fusionStages)), join \(model.join.rawValue)"
    case .late:
      fusion += ", \(model.lateTraining.rawValue) losses"
      if model.join != .mean { fusion += ", join \(model.join.rawValue)" }
    }
    return [
      version: ProgramVersion.current,
      architecture: model.architecture.rawValue,
      stem: model.stem.rawValue,
      Self.fusion: fusion,
      sensors: model.sensors.map(\.text).joined(separator: " "),
      bands: experiment.bandText,
      classes: experiment.classScheme.classNames.joined(separator: "; "),
      labels: "\(experiment.labels.scheme), \(experiment.labels.type.rawValue)",
      dataSet: experiment.manifest.name, manifest: experiment.manifest.text,
      manifestDigest: experiment.manifest.sha256,
    ]
  }

  /// "stage 2", as files of older versions have it, or "stages 1 3".
  private static func stages(_ stages: [Int]) -> String {
    (stages.count == 1 ? "stage " : "stages ") + stages.map(String.init).joined(separator: " ")
  }

  /// The manifest that a file of a network keeps. Files of older versions are of SEN12MS.
  /// - Throws: `InputError` (data) for a manifest that cannot be read.
  static func manifest(of metadata: [String: String], in path: String) throws -> Manifest {
    guard let text = metadata[manifest] else { return .sen12ms }
    if text == Manifest.sen12ms.text { return .sen12ms }
    return try Manifest(text: text, source: "the manifest in \(path)")
  }
}

/// A trained network in a checkpoint: its experiment, its normalisation and its weights.
package struct TrainedModel {
  package let experiment: Experiment
  package let normalisation: Normalisation
  package let file: CheckpointFile

  /// Opens a checkpoint.
  /// - Throws: `InputError` (checkpoint) when it is absent, damaged or of another program.
  package init(path: String) throws {
    try ModelPath.require(path, .checkpoint)
    try self.init(CheckpointFile(path: path))
  }

  init(_ file: CheckpointFile) throws {
    self.file = file
    do {
      experiment = try Experiment(
        yaml: file.contents.experiment, source: "the experiment in \(file.path)",
        manifest: .given(ModelMetadata.manifest(of: file.contents.metadata, in: file.path)))
    } catch let error as InputError {
      throw InputError(.checkpoint, file.path, error.description, remedy: "use the version that wrote it")
    }
    guard let text = file.contents.metadata[ModelMetadata.normalisation],
      let normalisation = try? ReportJSON.decode(Normalisation.self, from: Data(text.utf8)),
      experiment.inputs.allSatisfy(normalisation.covers)
    else {
      throw InputError(.checkpoint, file.path, "does not say how its input was normalised")
    }
    self.normalisation = normalisation
  }

  /// Sets the parameters and statistics of a network to the checkpoint's values.
  ///
  /// - Parameter prefix: text put before the checkpoint's names, e.g. `s1.` to load a single-sensor network as a
  ///   branch. Parameters of the network whose names lack the prefix stay as they are.
  /// - Throws: `InputError` (checkpoint) that counts and names the tensors that are missing, unexpected or of another
  ///   shape.
  package func load(into state: any NetworkState, prefix: String = "") throws {
    try requireFit(
      state.parameters.map { ($0.name, $0.shape) } + state.statistics.map { ($0.name, [$0.count]) },
      prefix: prefix)
    for (index, parameter) in state.parameters.enumerated() where parameter.name.hasPrefix(prefix) {
      try state.set(
        .parameter(index), try file.tensor(String(parameter.name.dropFirst(prefix.count)), from: .parameters))
    }
    for (index, statistic) in state.statistics.enumerated() where statistic.name.hasPrefix(prefix) {
      try state.set(
        .statistic(index), try file.tensor(String(statistic.name.dropFirst(prefix.count)), from: .buffers))
    }
  }
}

extension TrainedModel {
  /// Checks that the checkpoint holds the tensors of a network, and no others.
  /// - Parameter prefix: text put before the checkpoint's names; tensors whose names lack it are not compared.
  /// - Throws: `InputError` (checkpoint) that counts and names the differences.
  func requireFit(_ tensors: [(name: String, shape: [Int])], prefix: String = "") throws {
    let comparison = TensorComparison(
      expected: tensors,
      found: (file.contents.parameters + file.contents.buffers).map { (prefix + $0.name, $0.shape) },
      prefix: prefix)
    if let error = sizeError(comparison) { throw error }
    try comparison.requireNone(file: file.path)
  }
}

extension TrainedModel {
  /// The checkpoint as reports note it. Reads all weights.
  /// - Throws: `InputError` (checkpoint) for a file that changes meanwhile.
  func record() throws -> CheckpointRecord {
    let progress = file.contents.progress
    return CheckpointRecord(
      path: RunIdentity.absolute(file.path), epoch: progress.epoch, step: progress.stepInEpoch,
      weights: try weightsDigest())
  }

  private func weightsDigest() throws -> String {
    var digest = WeightsDigest()
    let sections: [([TensorInfo], CheckpointSection)] = [
      (file.contents.parameters, .parameters), (file.contents.buffers, .buffers),
    ]
    for (tensors, section) in sections {
      for tensor in tensors {
        try digest.add(tensor.name, tensor.shape) { try file.read(tensor.name, from: section, into: $0) }
      }
    }
    return digest.value
  }
}

extension Experiment {
  /// The bands of each branch by name, in stacking order: "s2: B2 B3 …; s1: VV VH".
  var bandText: String {
    inputs.map { "\($0.name): \($0.bandNames.joined(separator: " "))" }.joined(separator: "; ")
  }
}

extension NetworkNumbers {
  /// An array as a tensor for a file, copied only when it is written.
  func source(_ name: String, _ array: StateArray) -> TensorSource {
    TensorSource(name: name, shape: shape(array)) { try self.read(array, into: $0) }
  }

  var parameterSources: [TensorSource] {
    parameters.enumerated().map { source($1.name, .parameter($0)) }
  }

  var statisticSources: [TensorSource] {
    statistics.enumerated().map { source($1.name, .statistic($0)) }
  }

  /// PyTorch's count of batches for each batch norm.
  func batchCounters(_ steps: Int) -> [Counter] {
    statistics.compactMap { Counter.name(beside: $0.name) }.map { Counter(name: $0, value: Int64(steps)) }
  }
}
