import Basics
import Checkpoints
import Experiments
import Foundation
import Imagery
import Networks
import Presentation

/// Turns a safetensors file into a checkpoint of an experiment's network: without optimizer, at epoch 0.
package struct WeightImport: Sendable {
  /// Where the normalisation of the input comes from.
  package enum NormalisationSource: String, CaseIterable, Sendable {
    /// The published constants.
    case published
    /// The metadata of the file.
    case file
  }

  let experiment: Experiment
  let normalisation: Normalisation
  private let file: SafetensorsFile
  /// The prefix of the network's names in the file.
  private let prefix: String

  /// Largest number of differences of one kind that are listed.
  private static let listed = 20

  /// The experiment in the metadata of a file, as `export` writes it.
  /// - Throws: `InputError` (checkpoint) for a file that is damaged or says nothing of its experiment.
  package static func experiment(in path: String) throws -> Experiment {
    try ModelPath.require(path, .weights)
    let metadata = try SafetensorsFile(path: path).metadata
    guard let text = metadata[ModelMetadata.experiment] else {
      throw InputError(
        .checkpoint, path,
        "does not say of what experiment its weights are (fusionctl export notes it there)",
        remedy:
          "import it with the configuration of its network: fusionctl import --weights FILE --config FILE")
    }
    do {
      return try Experiment(
        yaml: text, source: "the experiment in \(path)",
        manifest: .given(ModelMetadata.manifest(of: metadata, in: path)))
    } catch let error as InputError {
      throw InputError(.checkpoint, path, error.description, remedy: "use the version that wrote it")
    }
  }

  /// Checks that the file holds the network of the experiment.
  ///
  /// - Parameters:
  ///   - normalisation: nil to take the file's and, where it has none, the published constants.
  ///   - list: called with a line about a prefix of the names, and with a line for each tensor that is missing,
  ///     unexpected or of another shape. At most 20 tensors of each kind are listed.
  /// - Throws: `InputError` (checkpoint) for a damaged file, a file whose metadata name another network, or a file
  ///   with other tensors.
  package init(
    weights path: String, experiment: Experiment, normalisation source: NormalisationSource? = nil,
    list: (String) -> Void = { _ in }
  ) throws {
    self.experiment = experiment
    try ModelPath.require(path, .weights)
    file = try SafetensorsFile(path: path)
    normalisation = try Self.normalisation(of: file, source, experiment)
    let own = try ModelMetadata.entries(experiment, normalisation)
    // Files of other programs have no metadata; their tensors alone tell what network they are of.
    let isOwn = file.metadata[ModelMetadata.architecture] != nil
    for key in ModelMetadata.identity {
      guard let found = file.metadata[key] ?? (isOwn ? ModelMetadata.olderValues[key] : nil),
        let expected = own[key], !found.utf8.elementsEqual(expected.utf8)
      else { continue }
      throw InputError(
        .checkpoint, path, "is for \(key) '\(found.cut(to: 300))', the experiment has '\(expected)'",
        remedy: "give the configuration that the weights were trained with")
    }
    let expected = experiment.tensorShapes
    // PyTorch counts the batches of every batch norm; older files lack the counters.
    let counters = Set(Self.counterNames(expected.map(\.name)))
    let prefix = NamePrefix.common(to: expected.map(\.name), in: file.tensors.map(\.name))
    self.prefix = prefix
    if !prefix.isEmpty { list("note: the names begin with '\(shownName(prefix))', which is left out") }
    func plain(_ name: String) -> String {
      name.hasPrefix(prefix) ? String(name.dropFirst(prefix.count)) : "\(name) (without '\(prefix)')"
    }
    let strays =
      file.counters.map { plain($0.name) }.filter { !counters.contains($0) }
      + file.skipped.map { "\($0) (not floating-point)" }
    let comparison = TensorComparison(
      expected: expected, found: file.tensors.map { (plain($0.name), $0.shape) } + strays.map { ($0, []) })
    for line in comparison.lines(limit: Self.listed) { list(line.cut(to: 200).printable) }
    try comparison.requireNone(file: path, without: prefix)
  }

  /// Writes the checkpoint.
  /// - Returns: what was written, for the user.
  /// - Throws: `InputError`: checkpoint for weights that are not finite; environment when it cannot be written.
  package func write(to output: OutputFile) throws -> String {
    let graph = experiment.graph
    func source(_ name: String, _ shape: [Int]) -> TensorSource {
      TensorSource(name: name, shape: shape) { try read(name, into: $0) }
    }
    let counts = Dictionary(uniqueKeysWithValues: file.counters.map { ($0.name, $0.value) })
    let statistics = graph.statistics.map { source($0.name, [$0.count]) }
    let checkpoint = Checkpoint(
      parameters: graph.parameters.map { source($0.name, $0.shape) },
      buffers: statistics,
      counters: Self.counterNames(graph.statistics.map(\.name)).map {
        Counter(name: $0, value: counts[prefix + $0] ?? 0)
      },
      progress: TrainingProgress(seed: experiment.training.seed), experiment: experiment.yaml,
      metadata: try ModelMetadata.entries(experiment, normalisation))
    try checkpoint.write(to: output.target)
    return "\(output.path): \(counted(checkpoint.parameters.count + statistics.count, "tensor"))"
  }

  /// Sets the parameters and statistics of the experiment's network.
  /// - Throws: `InputError` (checkpoint) for weights that are not finite.
  func load(into state: any NetworkState) throws {
    func set(_ array: StateArray, _ name: String) throws {
      var tensor = Tensor(zeros: state.shape(array))
      try tensor.values.withUnsafeMutableBufferPointer { try read(name, into: $0) }
      try state.set(array, tensor)
    }
    for (index, parameter) in state.parameters.enumerated() { try set(.parameter(index), parameter.name) }
    for (index, statistic) in state.statistics.enumerated() { try set(.statistic(index), statistic.name) }
  }

  /// Reads the elements of a tensor by its name in the network.
  private func read(_ name: String, into elements: UnsafeMutableBufferPointer<Float>) throws {
    try file.read(prefix + name, into: elements)
    guard elements.allSatisfy(\.isFinite) else {
      throw InputError(
        .checkpoint, file.path, "'\(shownName(name))' holds numbers that are not finite",
        remedy: "export the weights again from a sound training")
    }
  }

  private static func counterNames(_ names: [String]) -> [String] {
    names.compactMap { Counter.name(beside: $0) }
  }

  private static func normalisation(
    of file: SafetensorsFile, _ source: NormalisationSource?, _ experiment: Experiment
  ) throws -> Normalisation {
    let published = experiment.manifest.statedNormalisation
    if source == .published, let published { return published }
    if let text = file.metadata[ModelMetadata.normalisation] {
      if let value = try? ReportJSON.decode(Normalisation.self, from: Data(text.utf8)),
        experiment.inputs.allSatisfy(value.covers)
      {
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
    guard let published else {
      throw InputError(
        .checkpoint, file.path,
        "does not say how the input was normalised, and \(experiment.manifest.name) states no "
          + "band statistics",
        remedy: "state them in the manifest (normalisation)")
    }
    return published
  }
}
