import Basics
import Experiments
import Imagery
import Networks

/// The weights of a trained network, from a checkpoint or from a safetensors file.
enum TrainedWeights {
  case checkpoint(TrainedModel)
  case safetensors(WeightImport)

  /// - Parameter path: a checkpoint, a safetensors file that `export` has written, or a run folder, see
  ///   `CheckpointArgument`.
  /// - Throws: `InputError` (checkpoint) for a path without such a file, or one that is damaged.
  init(path: String) throws {
    let file = try CheckpointArgument(path).path
    self =
      try ModelPath.isSafetensors(file)
      ? .safetensors(WeightImport(weights: file, experiment: WeightImport.experiment(in: file)))
      : .checkpoint(TrainedModel(path: file))
  }

  var experiment: Experiment {
    switch self {
    case .checkpoint(let model): model.experiment
    case .safetensors(let weights): weights.experiment
    }
  }

  var normalisation: Normalisation {
    switch self {
    case .checkpoint(let model): model.normalisation
    case .safetensors(let weights): weights.normalisation
    }
  }

  /// Height and width of the images that the network was trained on.
  var imageSize: PatchSize {
    switch self {
    case .checkpoint(let model): model.imageSize
    case .safetensors(let weights): weights.imageSize
    }
  }

  /// Sets the parameters and statistics of the network.
  /// - Throws: `InputError` (checkpoint) when the file holds another network, or numbers that are not finite.
  func load(into state: any NetworkState) throws {
    switch self {
    case .checkpoint(let model): try model.load(into: state)
    case .safetensors(let weights): try weights.load(into: state)
    }
  }
}
