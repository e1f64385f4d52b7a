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

extension Experiment {
  /// Height and width of the images that a network was trained on: the crop, else what its file notes, else what the experiment
  /// plans for.
  ///
  /// Sizes that no network of this kind can have are left out: the metadata of a foreign file may say anything.
  /// - Parameter metadata: of the file that holds the network.
  func imageSize(_ metadata: [String: String]) -> PatchSize {
    if let side = data.patchSize { return PatchSize(side) }
    for key in [ModelMetadata.imageSize, ModelMetadata.patchSize] {
      // "64×64", or "64×64 pixels".
      let sides = (metadata[key] ?? "").split { !$0.isNumber }.compactMap { Int($0) }
      let possible = model.backbone.smallestImage...CheckedImages.longestSide
      if sides.count == 2, sides.allSatisfy(possible.contains) {
        return PatchSize(height: sides[0], width: sides[1])
      }
    }
    return plannedSize
  }
}

/// Networks whose head reads every number of the features take images of one size.
extension TrainedModel {
  /// Height and width of the images that the network was trained on.
  var imageSize: PatchSize { experiment.imageSize(file.contents.metadata) }

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
