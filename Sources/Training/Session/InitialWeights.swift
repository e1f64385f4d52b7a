import Basics
import Experiments
import ForeignWeights
import Imagery
import Networks

/// The weights that a new run starts from instead of random ones.
struct InitialWeights {
  private enum Source {
    /// A checkpoint of this program, for the whole network.
    case checkpoint(TrainedModel)
    /// Files of other programs, for the whole network or parts of it.
    case files(WeightPlan)
  }

  private let source: Source
  private let path: String
  /// Whether files of other programs are to be mapped again when the size of the images is known: the network takes images of
  /// one size only, and neither the configuration nor the manifest tells it.
  let isProvisional: Bool

  /// Opens the files.
  /// - Parameters:
  ///   - size: height and width of the images; nil where they are not known yet.
  ///   - list: called with lines about files of other programs.
  /// - Throws: `InputError`: checkpoint for a file that is absent, damaged, or does not fit the network of the
  ///   experiment; usage for parts that the network does not have; environment for a file that cannot be read.
  init(
    _ request: WeightRequest, for experiment: Experiment, size: PatchSize? = nil,
    list: (String) -> Void = { _ in }
  ) throws {
    path = request.files[0].path
    let isSizeKnown = size != nil || experiment.data.patchSize != nil || experiment.manifest.patchSize != nil
    let isUnsettled = experiment.model.hasFixedSize && !isSizeKnown
    if request.files.count == 1, request.isPlain, try !ModelPath.isWeightFile(path) {
      source = .checkpoint(try Self.checkpoint(path, for: experiment, checksShapes: !isUnsettled))
      isProvisional = false
    } else {
      for file in request.files { try ModelPath.require(file.path, .weights) }
      var request = request
      // Linear layers of another size do not matter yet.
      if isUnsettled { request.isPartial = true }
      let plan = try WeightPlan(request, for: experiment.networkTensors(of: size)) { line in
        if !isUnsettled { list(line) }
      }
      (source, isProvisional) = (.files(plan), isUnsettled)
    }
  }

  /// - Parameter checksShapes: false where only the files of the data tell the size of the images, later.
  private static func checkpoint(
    _ path: String, for experiment: Experiment, checksShapes: Bool
  ) throws -> TrainedModel {
    let model = try TrainedModel(path: path)
    let (then, now) = (model.experiment.model.stem, experiment.model.stem)
    guard then == now else {
      throw InputError(
        .checkpoint, path, "was trained with model.stem \(then.rawValue), this run has \(now.rawValue)",
        remedy: "set model.stem to \(then.rawValue), or start from other weights")
    }
    if checksShapes { try model.requireFit(experiment.tensorShapes) }
    return model
  }

  /// Sets the parameters and statistics of a network. Those that the files do not fill stay as they are.
  /// - Throws: `InputError` (checkpoint) for damaged data, or for weights that are not finite.
  func load(into state: any NetworkState) throws {
    switch source {
    case .checkpoint(let model): try model.load(into: state)
    case .files(let plan): try plan.load(into: state)
    }
  }

  /// How the input was normalised when the weights were trained; nil where no file says it.
  func normalisation(_ experiment: Experiment) throws -> Normalisation? {
    switch source {
    case .checkpoint(let model):
      experiment.inputs.allSatisfy(model.normalisation.covers) ? model.normalisation : nil
    case .files(let plan): try plan.normalisation(experiment)
    }
  }

  /// The normalisation of the run, where it is that of the weights; nil for another choice.
  /// - Throws: `InputError` (usage) where the weights do not say it.
  func chosenNormalisation(_ experiment: Experiment) throws -> Normalisation? {
    guard experiment.data.normalisation == .weights else { return nil }
    guard let normalisation = try normalisation(experiment) else {
      throw InputError(
        .usage, "data.normalisation", "is weights, but \(path) does not say how its input was normalised",
        remedy: "say what its input is (--bands), or set it to published or computed")
    }
    return normalisation
  }

  /// Lines about the weights: what was taken from files of other programs, and each difference between the run of a
  /// checkpoint and this run in bands, classes, labels and normalisation.
  func notes(_ experiment: Experiment, _ normalisation: Normalisation) throws -> [String] {
    switch source {
    case .checkpoint(let model): return try Self.differences(model, experiment, normalisation)
    case .files(let plan):
      let own = try plan.normalisation(experiment)
      let differs = experiment.inputs.contains { input in
        own.map { $0[input] != normalisation[input] } ?? false
      }
      // Each note gets this word when it is shown.
      return plan.lines.map { String($0.trimmingPrefix("note: ")) }
        + (differs
          ? [
            "the weights were trained with another normalisation than this run has; data.normalisation: weights takes theirs"
          ]
          : [])
    }
  }

  private static func differences(
    _ model: TrainedModel, _ experiment: Experiment, _ normalisation: Normalisation
  ) throws -> [String] {
    let path = model.file.path
    let own = try ModelMetadata.entries(experiment, normalisation)
    let texts = [ModelMetadata.bands, ModelMetadata.classes, ModelMetadata.labels].compactMap { key in
      let (then, now) = (model.file.contents.metadata[key] ?? "", own[key] ?? "")
      return then == now
        ? nil
        : "\(path) was trained with other \(key) (\(then.cut(to: 200))) than this run has (\(now.cut(to: 200)))"
    }
    return texts
      + experiment.inputs.filter { model.normalisation[$0] != normalisation[$0] }.map { input in
        let (then, now) = (model.normalisation[input], normalisation[input])
        return "\(path) was trained with another normalisation of \(input.name) than this run has "
          + "(mean of \(input.bandNames[0]) \(then.mean[0]), here \(now.mean[0]))"
      }
  }
}
