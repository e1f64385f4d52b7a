import Tensors

/// The weights that a new run starts from instead of random ones.
struct InitialWeights {
  let model: TrainedModel

  /// Opens a checkpoint.
  /// - Throws: `InputError` (checkpoint) when it is absent, damaged, or does not fit the network of the
  ///   experiment; environment when it cannot be read.
  init(_ path: String, for experiment: Experiment) throws {
    model = try TrainedModel(path: path)
    try model.requireFit(experiment.tensorShapes)
  }

  /// Where the network expects or gives something else than it will in this run: one line each.
  /// - Parameter own: the metadata of this run.
  func notes(_ own: [String: String]) -> [String] {
    let keys = [
      (ModelMetadata.bands, "bands"), (ModelMetadata.classes, "classes"), (ModelMetadata.labels, "labels"),
      (ModelMetadata.normalisation, "normalisation"),
    ]
    return keys.compactMap { key, title in
      guard let then = model.file.contents.metadata[key], let now = own[key], then != now else { return nil }
      return "\(model.file.path) was trained with other \(title) (\(then.cut(to: 200))) than this run has "
        + "(\(now.cut(to: 200)))"
    }
  }
}
