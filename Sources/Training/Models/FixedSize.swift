import Basics
import Experiments
import ForeignWeights
import Networks

extension Graph {
  /// Names and PyTorch shapes of the parameters and running statistics.
  var tensorShapes: [(name: String, shape: [Int])] {
    parameters.map { ($0.name, $0.shape) } + statistics.map { ($0.name, [$0.count]) }
  }
}

/// Networks whose head reads every number of the features take images of one size.
extension TrainedModel {
  /// Height and width of the images that the network was trained on. An import notes no size; its network is that of the images
  /// which the experiment plans for.
  var imageSize: PatchSize {
    if let side = experiment.data.patchSize { return PatchSize(side) }
    return ModelMetadata.imageSize(of: file.contents.metadata, experiment.model) ?? experiment.plannedSize
  }

  /// The head, where the network has a choice of heads: "pooled", or "flatten, for images of 64×64 pixels alone".
  var headText: String? {
    guard let head = experiment.model.headChoice else { return nil }
    guard experiment.model.hasFixedSize else { return head.rawValue }
    return "\(head.rawValue), for images of \(imageSize) pixels alone"
  }

  /// Names and PyTorch shapes of the network's parameters and running statistics, for the images of its training.
  var tensorShapes: [(name: String, shape: [Int])] {
    experiment.graph(of: imageSize).tensorShapes
  }

  /// The error of tensors that differ because the network was trained on images of another size; nil for other
  /// differences.
  func sizeError(_ comparison: TensorComparison) -> InputError? {
    guard experiment.model.hasFixedSize, comparison.differsInInputsOnly else { return nil }
    return InputError(
      .checkpoint, file.path,
      "was trained on images of \(imageSize) pixels, and the head \(experiment.model.chosenHead.rawValue) takes no other size",
      remedy: "use patches of that size (data.patch_size), or a network with model.head pooled")
  }
}

extension ModelMetadata {
  /// The size of the images that a file notes: "64×64 pixels"; nil for a file without a note, or with one of a size that the
  /// network cannot take.
  static func imageSize(of metadata: [String: String], _ model: ModelSettings) -> PatchSize? {
    let numbers = (metadata[patchSize] ?? "").split { !$0.isNumber }.compactMap { Int($0) }
    guard numbers.count == 2, numbers.allSatisfy((1...CheckedImages.longestSide).contains) else { return nil }
    let size = PatchSize(height: numbers[0], width: numbers[1])
    return model.sizeProblem(size) == nil ? size : nil
  }
}
