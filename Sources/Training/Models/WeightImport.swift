import Basics
import Checkpoints
import Experiments
import ForeignWeights
import Foundation
import Imagery
import Networks
import Presentation

/// Turns files of weights into a checkpoint of an experiment's network: without optimizer, at epoch 0.
package struct WeightImport: Sendable {
  /// Where the normalisation of the input comes from.
  package enum NormalisationSource: String, CaseIterable, Sendable {
    /// The published constants.
    case published
    /// The metadata of the file.
    case file
    /// What the weights were trained with, where it is known: the file's metadata, or its preset of bands.
    case weights
  }

  let experiment: Experiment
  let normalisation: Normalisation
  /// Height and width of the images of a network that takes one size, as a file of this program says it; nil for the planned
  /// size.
  private let size: PatchSize?
  private let plan: WeightPlan

  /// The experiment in the metadata of a file, as `export` writes it.
  /// - Throws: `InputError` (checkpoint) for a file that is damaged or says nothing of its experiment.
  package static func experiment(in path: String) throws -> Experiment {
    let metadata =
      try ModelPath.require(path, .weights) == .safetensors ? SafetensorsFile(path: path).metadata : [:]
    guard let text = metadata[ModelMetadata.experiment] else {
      throw InputError(
        .checkpoint, path,
        "does not say of what experiment its weights are (fusionctl export notes it in safetensors files)",
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

  /// Checks that files hold the network of the experiment, or the parts that they are to fill.
  ///
  /// - Parameters:
  ///   - normalisation: nil to take the file's, that of its preset of bands or, where neither is known, the published
  ///     constants.
  ///   - list: called with lines about what was found, and with a line for each tensor that is missing, unexpected or of
  ///     another shape. At most 20 tensors of each kind are listed.
  /// - Throws: `InputError` (checkpoint) for a damaged file, a file whose metadata name another network, or a file
  ///   with other tensors.
  package init(
    _ request: WeightRequest, experiment: Experiment, normalisation source: NormalisationSource? = nil,
    list: (String) -> Void = { _ in }
  ) throws {
    self.experiment = experiment
    for file in request.files { try ModelPath.require(file.path, .weights) }
    let isOwn = try request.files.count == 1 && Self.requireNetwork(request.files[0].path, of: experiment)
    let metadata = isOwn ? try WeightFile.safetensorsMetadata(request.files[0].path) ?? [:] : [:]
    size =
      experiment.model.hasFixedSize && experiment.data.patchSize == nil
      ? ModelMetadata.imageSize(of: metadata, experiment.model) : nil
    plan = try WeightPlan(
      request, for: experiment.networkTensors(of: size), strictly: isOwn && !request.isPartial, list: list)
    for line in plan.lines where !isOwn { list(line) }
    normalisation = try Self.normalisation(of: plan, request.files[0].path, source, experiment)
    if !isOwn { list(normalisationLine(published: source == .published)) }
  }

  /// How the checkpoint normalises each sensor: "normalisation: s2 as the weights were trained, s1 as published".
  private func normalisationLine(published: Bool) -> String {
    let known = published ? [] : plan.normalisedSensors(experiment)
    let names = experiment.inputs.map(\.name)
    let parts = [
      (names.filter(known.contains), "as the weights were trained"),
      (names.filter { !known.contains($0) }, "as published"),
    ]
    return "normalisation: "
      + parts.filter { !$0.0.isEmpty }.map { "\($0.joined(separator: " and ")) \($1)" }.joined(
        separator: ", ")
  }

  /// The weights of one file for the whole network.
  package init(
    weights path: String, experiment: Experiment, normalisation source: NormalisationSource? = nil,
    list: (String) -> Void = { _ in }
  ) throws {
    try self.init(WeightRequest([.init(path)]), experiment: experiment, normalisation: source, list: list)
  }

  /// Checks that a file of this program is of the experiment's network.
  /// - Returns: whether it is a file of this program. The tensors alone tell of what network other files are.
  /// - Throws: `InputError` (checkpoint) for a file of another network.
  private static func requireNetwork(_ path: String, of experiment: Experiment) throws -> Bool {
    let metadata = try WeightFile.safetensorsMetadata(path) ?? [:]
    let own = ModelMetadata.description(experiment)
    let isOwn = metadata[ModelMetadata.architecture] != nil
    for key in ModelMetadata.identity {
      guard let found = metadata[key] ?? (isOwn ? ModelMetadata.olderValues[key] : nil),
        let expected = own[key], !found.utf8.elementsEqual(expected.utf8)
      else { continue }
      throw InputError(
        .checkpoint, path, "is for \(key) '\(found.cut(to: 300))', the experiment has '\(expected)'",
        remedy: "give the configuration that the weights were trained with")
    }
    return isOwn
  }

  /// Height and width of the images of the network.
  var imageSize: PatchSize {
    size ?? experiment.data.patchSize.map { PatchSize($0) } ?? experiment.plannedSize
  }

  /// Writes the checkpoint.
  /// - Returns: what was written, for the user.
  /// - Throws: `InputError`: checkpoint for weights that are not finite; environment when it cannot be written.
  package func write(to output: OutputFile) throws -> String {
    let graph = experiment.graph(of: imageSize)
    var metadata = try ModelMetadata.entries(experiment, normalisation)
    metadata[ModelMetadata.patchSize] = size.map { "\($0) pixels" }
    let seed = experiment.training.seed
    let checkpoint = Checkpoint(
      parameters: graph.parameters.map { parameter in
        TensorSource(name: parameter.name, shape: parameter.shape) { buffer in
          if !plan.fills(parameter.name) { parameter.initialise(buffer, seed: seed) }
          try plan.read(parameter.name, into: buffer)
        }
      },
      buffers: graph.statistics.map { statistic in
        TensorSource(name: statistic.name, shape: [statistic.count]) { buffer in
          buffer.update(repeating: statistic.initialValue)
          try plan.read(statistic.name, into: buffer)
        }
      },
      counters: try graph.statistics.compactMap { Counter.name(beside: $0.name) }.map {
        Counter(name: $0, value: try plan.counter($0))
      },
      progress: TrainingProgress(seed: seed), experiment: experiment.yaml,
      metadata: metadata)
    try checkpoint.write(to: output.target)
    let count = checkpoint.parameters.count + checkpoint.buffers.count
    return "\(output.path): \(counted(count, "tensor"))"
      + (plan.left.isEmpty ? "" : ", \(plan.left.count) of them at their start")
  }

  /// Sets the parameters and statistics of the experiment's network.
  /// - Throws: `InputError` (checkpoint) for weights that are not finite.
  func load(into state: any NetworkState) throws { try plan.load(into: state) }

  private static func normalisation(
    of plan: WeightPlan, _ path: String, _ source: NormalisationSource?, _ experiment: Experiment
  ) throws -> Normalisation {
    let published = experiment.manifest.statedNormalisation
    if source == .published {
      guard let published else {
        throw InputError(
          .usage, "--normalisation published", "\(experiment.manifest.name) states no band statistics",
          remedy: "state them in the manifest (normalisation), or give --normalisation weights")
      }
      return published
    }
    if let text = plan.metadata.lazy.compactMap({ $0[ModelMetadata.normalisation] }).first {
      if let value = try? ReportJSON.decode(Normalisation.self, from: Data(text.utf8)),
        experiment.inputs.allSatisfy(value.covers)
      {
        return value
      }
      throw InputError(
        .checkpoint, path, "has a normalisation in its metadata that cannot be read",
        remedy: "import with --normalisation published if the network was trained with that")
    }
    if source != .file, let own = try plan.normalisation(experiment) { return own }
    guard source == nil, experiment.data.normalisation != .computed else {
      throw InputError(
        .checkpoint, path, "does not say how the input was normalised",
        remedy: "import with --normalisation published if the network was trained with that")
    }
    guard let published else {
      throw InputError(
        .checkpoint, path,
        "does not say how the input was normalised, and \(experiment.manifest.name) states no "
          + "band statistics",
        remedy: "state them in the manifest (normalisation)")
    }
    return published
  }
}

extension WeightPlan {
  /// Sets the parameters and statistics of a network. Those that no file fills stay as they are.
  /// - Throws: `InputError` (checkpoint) for damaged data, or for weights that are not finite.
  func load(into state: any NetworkState) throws {
    func set(_ array: StateArray, _ name: String) throws {
      guard !left.contains(name) else { return }
      var tensor = Tensor(zeros: state.shape(array))
      try tensor.values.withUnsafeMutableBufferPointer { buffer in
        if !fills(name) { try state.read(array, into: buffer) }
        try read(name, into: buffer)
      }
      try state.set(array, tensor)
    }
    for (index, parameter) in state.parameters.enumerated() { try set(.parameter(index), parameter.name) }
    for (index, statistic) in state.statistics.enumerated() { try set(.statistic(index), statistic.name) }
  }
}
