import Basics
import Experiments
import Imagery

/// The weights that a new run starts from instead of random ones.
struct InitialWeights {
  let model: TrainedModel

  /// Opens a checkpoint.
  /// - Throws: `InputError` (checkpoint) when it is absent, damaged, or does not fit the network of the
  ///   experiment; environment when it cannot be read.
  init(_ path: String, for experiment: Experiment) throws {
    model = try TrainedModel(path: path)
    let (then, now) = (model.experiment.model.stem, experiment.model.stem)
    guard then == now else {
      throw InputError(
        .checkpoint, path, "was trained with model.stem \(then.rawValue), this run has \(now.rawValue)",
        remedy: "set model.stem to \(then.rawValue), or start from other weights")
    }
    // Where neither the configuration nor the manifest tells the size of the images, the files do, later.
    let isSizeKnown = experiment.data.patchSize != nil || experiment.manifest.patchSize != nil
    if isSizeKnown || !experiment.model.hasFixedSize { try model.requireFit(experiment.tensorShapes) }
  }

  /// One line for each difference between the checkpoint's run and this run: bands, classes, labels and normalisation.
  func notes(_ experiment: Experiment, _ normalisation: Normalisation) throws -> [String] {
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
