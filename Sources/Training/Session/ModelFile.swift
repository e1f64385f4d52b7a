import Architectures
import Checkpoints
import Foundation
import Networks
import SEN12MS
import Tensors

/// The keys under which a checkpoint or a weight file says what its network expects and gives.
enum ModelMetadata {
  static let version = "version"
  static let architecture = "architecture"
  static let fusion = "fusion"
  static let sensors = "sensors"
  static let bands = "bands"
  static let classes = "classes"
  static let labels = "labels"
  static let normalisation = "normalisation"
  static let trainingMetrics = "training_metrics"

  static func entries(_ experiment: Experiment, _ normalisation: SEN12MS.Normalisation) throws -> [String: String] {
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
      sensors: model.sensors.map(\.rawValue).joined(separator: " "),
      bands: experiment.inputs.map { "\($0.rawValue): \($0.bandNames.joined(separator: " "))" }
        .joined(separator: "; "),
      classes: experiment.classScheme.classNames.joined(separator: "; "),
      labels: "\(experiment.labels.scheme.rawValue), \(experiment.labels.type.rawValue)",
      Self.normalisation: try ReportJSON.line(normalisation),
    ]
  }
}

/// A trained network as a checkpoint holds it: what it was trained on, and its numbers.
public struct TrainedModel {
  public let experiment: Experiment
  public let normalisation: SEN12MS.Normalisation
  public let file: CheckpointFile

  /// Opens a checkpoint.
  /// - Throws: `InputError` (checkpoint) when it is absent, damaged or of another program.
  public init(path: String) throws {
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
      let normalisation = try? ReportJSON.decode(SEN12MS.Normalisation.self, from: Data(text.utf8))
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
  public func load(into store: ParameterStore, prefix: String = "") throws {
    try Self.requireMatch(
      expected: store.parameters.map { ($0.name, $0.shape) }
        + store.statistics.map { ($0.name, [$0.count]) },
      found: (file.contents.parameters + file.contents.buffers).map { (prefix + $0.name, $0.shape) },
      prefix: prefix, file: file.path)
    for (index, parameter) in store.parameters.enumerated() where parameter.name.hasPrefix(prefix) {
      store.set(index, try file.tensor(String(parameter.name.dropFirst(prefix.count)), from: .parameters))
    }
    for (index, statistic) in store.statistics.enumerated() where statistic.name.hasPrefix(prefix) {
      store.setStatistic(index, try file.tensor(String(statistic.name.dropFirst(prefix.count)), from: .buffers))
    }
  }

  /// Compares the tensors of a network with those of a file.
  static func requireMatch(
    expected: [(name: String, shape: [Int])], found: [(name: String, shape: [Int])], prefix: String = "",
    file: String
  ) throws {
    let shapes = Dictionary(found, uniquingKeysWith: { first, _ in first })
    let wanted = expected.filter { $0.name.hasPrefix(prefix) }
    let names = Set(wanted.map(\.name))
    let missing = wanted.filter { shapes[$0.name] == nil }.map(\.name)
    let unexpected = found.map(\.name).filter { !names.contains($0) }
    let misshaped = wanted.compactMap { tensor -> String? in
      guard let shape = shapes[tensor.name], shape != tensor.shape else { return nil }
      return "\(tensor.name) \(shape) instead of \(tensor.shape)"
    }
    func part(_ title: String, _ items: [String]) -> String? {
      guard !items.isEmpty else { return nil }
      return "\(items.count) \(title) (\(items.prefix(3).joined(separator: ", "))\(items.count > 3 ? ", …" : ""))"
    }
    let problems = [
      part("missing", missing), part("unexpected", unexpected), part("of another shape", misshaped),
    ].compactMap { $0 }
    guard problems.isEmpty else {
      throw InputError(
        .checkpoint, file, "does not fit the network: " + problems.joined(separator: ", "),
        remedy: "check architecture, fusion, sensors and classes")
    }
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
    statistics.compactMap { statistic in
      guard statistic.name.hasSuffix(".running_mean") else { return nil }
      let name = statistic.name.replacing(".running_mean", with: ".num_batches_tracked")
      return Counter(name: name, value: Int64(steps))
    }
  }
}
