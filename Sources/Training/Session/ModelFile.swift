import Basics
import CPUEngine
import Checkpoints
import Experiments
import Foundation
import Imagery
import Presentation

/// The keys under which a checkpoint or a weight file says what its network expects and gives.
package enum ModelMetadata {
  package static let version = "version"
  package static let architecture = "architecture"
  package static let fusion = "fusion"
  package static let sensors = "sensors"
  package static let bands = "bands"
  package static let classes = "classes"
  package static let labels = "labels"
  package static let normalisation = "normalisation"
  static let trainingMetrics = "training_metrics"
  static let patchSize = "patch_size"
  /// On how many ranks the run was, where there were several.
  static let ranks = "ranks"
  /// Whose samples were looked at before the training, see `SampleCheck.record`.
  static let samplesLookedAt = "samples_looked_at"
  /// What continues a run, and says nothing of the network.
  static let ofTheRun = [trainingMetrics, ranks, samplesLookedAt] + DataDigest.keys
  static let experiment = "experiment"

  /// What must agree when weights are taken into an experiment.
  static let identity = [architecture, fusion, bands, classes, labels]

  static func ranks(of file: CheckpointFile) -> Int { file.contents.metadata[ranks].flatMap { Int($0) } ?? 1 }

  static func entries(_ experiment: Experiment, _ normalisation: Normalisation) throws -> [String:
    String]
  {
    let model = experiment.model
    var fusion = model.fusion.rawValue
    if model.fusion == .middle {
      fusion += " after stage \(model.fusionStage), weights \(model.fusionWeights)"
    } else if model.fusion == .late {
      fusion += ", \(model.lateTraining.rawValue) losses"
    }
    return [
      version: ProgramVersion.current,
      architecture: model.architecture.rawValue,
      Self.fusion: fusion,
      sensors: model.sensors.map(\.name).joined(separator: " "),
      bands: experiment.bandText,
      classes: experiment.classScheme.classNames.joined(separator: "; "),
      labels: "\(experiment.labels.scheme.name), \(experiment.labels.type.rawValue)",
      Self.normalisation: try ReportJSON.line(normalisation),
    ]
  }
}

/// A trained network as a checkpoint holds it: what it was trained on, and its numbers.
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
      experiment = try Experiment(yaml: file.contents.experiment, source: "the experiment in \(file.path)")
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

  /// Sets the parameters and statistics of a store from the checkpoint's.
  ///
  /// - Parameter prefix: put before the checkpoint's names, e.g. `s1.` to load a single-sensor network as a
  ///   branch; parameters of the store without it are left alone.
  /// - Throws: `InputError` (checkpoint) that counts and names what is missing, unexpected or of another shape.
  package func load(into store: ParameterStore, prefix: String = "") throws {
    try requireFit(
      store.parameters.map { ($0.name, $0.shape) } + store.statistics.map { ($0.name, [$0.count]) },
      prefix: prefix)
    for (index, parameter) in store.parameters.enumerated() where parameter.name.hasPrefix(prefix) {
      store.set(index, try file.tensor(String(parameter.name.dropFirst(prefix.count)), from: .parameters))
    }
    for (index, statistic) in store.statistics.enumerated() where statistic.name.hasPrefix(prefix) {
      store.setStatistic(
        index, try file.tensor(String(statistic.name.dropFirst(prefix.count)), from: .buffers))
    }
  }
}

extension TrainedModel {
  /// Checks that the checkpoint holds the tensors of a network, and no others.
  /// - Parameter prefix: put before the checkpoint's names; names without it are not asked for.
  /// - Throws: `InputError` (checkpoint) that counts and names the differences.
  func requireFit(_ tensors: [(name: String, shape: [Int])], prefix: String = "") throws {
    try TensorComparison(
      expected: tensors,
      found: (file.contents.parameters + file.contents.buffers).map { (prefix + $0.name, $0.shape) },
      prefix: prefix
    ).requireNone(file: file.path)
  }
}

extension TrainedModel {
  /// What a report keeps of the checkpoint. Reads all weights.
  /// - Throws: `InputError` (checkpoint) for a file that changes meanwhile.
  func record() throws -> CheckpointRecord {
    let progress = file.contents.progress
    return CheckpointRecord(
      path: RunIdentity.absolute(file.path), epoch: progress.epoch, step: progress.stepInEpoch,
      weights: try weightsDigest())
  }

  /// Tells these weights and statistics from others, whatever else the file holds.
  private func weightsDigest() throws -> String {
    let sections: [([TensorInfo], CheckpointSection)] = [
      (file.contents.parameters, .parameters), (file.contents.buffers, .buffers),
    ]
    var lines = ""
    for (tensors, section) in sections {
      for tensor in tensors {
        let values = try AlignedBuffer<Float>(count: tensor.count)
        let elements = UnsafeMutableBufferPointer(start: values.pointer, count: tensor.count)
        try file.read(tensor.name, from: section, into: elements)
        var digest = Digest()
        digest.update(UnsafeRawBufferPointer(elements))
        lines += "\(tensor.name) \(tensor.shape) \(digest.value)\n"
      }
    }
    return checksum(lines.utf8)
  }
}

extension Experiment {
  /// The bands of each branch by name, in stacking order: "s2: B2 B3 …; s1: VV VH".
  var bandText: String {
    inputs.map { "\($0.name): \($0.bandNames.joined(separator: " "))" }.joined(separator: "; ")
  }
}

extension ParameterStore {
  /// The parameters as a file wants them, each copied when its turn comes.
  var parameterSources: [TensorSource] {
    parameters.enumerated().map { index, parameter in
      TensorSource(name: parameter.name, shape: parameter.shape) { self.copy(index, into: $0) }
    }
  }

  var statisticSources: [TensorSource] {
    statistics.indices.map { TensorSource(name: statistics[$0].name, statisticTensor($0)) }
  }

  /// PyTorch's count of batches for each batch norm.
  func batchCounters(_ steps: Int) -> [Counter] {
    statistics.compactMap { Self.counterName($0.name) }.map { Counter(name: $0, value: Int64(steps)) }
  }

  /// PyTorch's name for the counter beside a running mean; nil for the name of anything else.
  static func counterName(_ name: String) -> String? {
    guard name.hasSuffix(".running_mean") else { return nil }
    return name.replacing(".running_mean", with: ".num_batches_tracked")
  }
}
