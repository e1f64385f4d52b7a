import Checkpoints
import Foundation
import Networks
import SEN12MS
import Tensors

/// A safetensors file turned into a checkpoint of an experiment's network: without optimizer, at epoch 0.
public struct WeightImport {
  /// Where the normalisation of the input comes from.
  public enum NormalisationSource: String, CaseIterable, Sendable {
    /// The published constants.
    case published
    /// What the metadata of the file says.
    case file
  }

  private let experiment: Experiment
  private let file: SafetensorsFile
  private let normalisation: Normalisation

  /// Differences of each kind that are listed.
  private static let listed = 20

  /// Checks that the file holds the network of the experiment.
  ///
  /// - Parameters:
  ///   - normalisation: nil to take the file's and, where it has none, the published constants.
  ///   - list: told about each tensor that is missing, unexpected or of another shape.
  /// - Throws: `InputError` (checkpoint) for a damaged file, one that says it is of another network, or one
  ///   with other tensors.
  public init(
    weights path: String, experiment: Experiment, normalisation source: NormalisationSource? = nil,
    list: (String) -> Void = { _ in }
  ) throws {
    self.experiment = experiment
    file = try SafetensorsFile(path: path)
    normalisation = try Self.normalisation(of: file, source, experiment)
    let own = try ModelMetadata.entries(experiment, normalisation)
    for key in ModelMetadata.identity {
      guard let found = file.metadata[key], let expected = own[key], !found.utf8.elementsEqual(expected.utf8)
      else {
        continue
      }
      throw InputError(
        .checkpoint, path, "is for \(key) '\(found.cut(to: 300))', the experiment has '\(expected)'",
        remedy: "give the configuration that the weights were trained with")
    }
    let expected = experiment.tensorShapes
    // PyTorch counts the batches of every batch norm; older files lack the counters.
    let counters = Set(Self.counterNames(expected.map(\.name)))
    let strays =
      file.counters.map(\.name).filter { !counters.contains($0) }
      + file.skipped.map { "\($0) (not floating-point)" }
    let comparison = TensorComparison(
      expected: expected, found: file.tensors.map { ($0.name, $0.shape) } + strays.map { ($0, []) })
    for line in comparison.lines(limit: Self.listed) { list(line.printable) }
    try comparison.requireNone(file: path)
  }

  /// Writes the checkpoint.
  /// - Parameter force: whether a file at `path` is replaced.
  /// - Throws: `InputError`: usage for a file in the way; checkpoint for weights that are not finite;
  ///   environment when it cannot be written.
  public func write(to path: String, force: Bool = false) throws {
    try ModelFiles.requireFree(path, force: force)
    let graph = experiment.network.graph(batch: 1, height: 32, width: 32)
    let file = file
    func source(_ name: String, _ shape: [Int]) -> TensorSource {
      TensorSource(name: name, shape: shape) { elements in
        try file.read(name, into: elements)
        guard elements.allSatisfy(\.isFinite) else {
          throw InputError(
            .checkpoint, file.path, "'\(shownName(name))' holds numbers that are not finite",
            remedy: "export the weights again from a sound training")
        }
      }
    }
    let counts = Dictionary(uniqueKeysWithValues: file.counters.map { ($0.name, $0.value) })
    let checkpoint = Checkpoint(
      parameters: graph.parameters.map { source($0.name, $0.shape) },
      buffers: graph.statistics.map { source($0.name, [$0.count]) },
      counters: Self.counterNames(graph.statistics.map(\.name)).map {
        Counter(name: $0, value: counts[$0] ?? 0)
      },
      progress: TrainingProgress(seed: experiment.training.seed), experiment: experiment.yaml,
      metadata: try ModelMetadata.entries(experiment, normalisation))
    try checkpoint.write(to: path)
  }

  private static func counterNames(_ names: [String]) -> [String] {
    names.compactMap(ParameterStore.counterName)
  }

  private static func normalisation(
    of file: SafetensorsFile, _ source: NormalisationSource?, _ experiment: Experiment
  ) throws -> Normalisation {
    if source == .published { return .published }
    if let text = file.metadata[ModelMetadata.normalisation] {
      if let value = try? ReportJSON.decode(Normalisation.self, from: Data(text.utf8)) {
        return value
      }
      throw InputError(
        .checkpoint, file.path, "has a normalisation in its metadata that cannot be read",
        remedy: "import with --normalisation published if the network was trained with that")
    }
    guard source == nil, experiment.data.normalisation == .published else {
      throw InputError(
        .checkpoint, file.path, "does not say how the input was normalised",
        remedy: "import with --normalisation published if the network was trained with that")
    }
    return .published
  }
}
