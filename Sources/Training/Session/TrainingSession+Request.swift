import Experiments
import Imagery
import Networks

extension TrainingSession {
  /// The request to a device for the batches of a rank.
  /// - Parameters:
  ///   - position: number of patches done, where an epoch goes on that was interrupted; else 0.
  ///   - writesInBackground: whether this rank writes checkpoints, and has memory to do so while training goes on.
  func request(
    _ splits: PatchSplits, _ shares: StepShares, from position: Int, writesInBackground: Bool
  ) throws -> NetworkRequest {
    let steps = try shares.requireSteps(from: position)
    return experiment.request(
      try experiment.trainingAugmentation.outputSize(of: splits.fileSize), from: splits.fileSize,
      training: steps.own,
      inference: NetworkRunner.batchSizes(
        samples: splits[.validation].patches.count, batchSize: experiment.evaluation.batchSize),
      fewest: experiment.training.syncBatchNorm ? steps.fewest : nil, writesInBackground: writesInBackground)
  }

  /// The weights, mapped to the network for the size of the images.
  func settled(_ weights: InitialWeights?, on patches: PatchSplits) throws -> InitialWeights? {
    guard let request = initialWeights, weights?.isProvisional == true else { return weights }
    let size = try experiment.trainingAugmentation.outputSize(of: patches.fileSize)
    return try InitialWeights(request, for: experiment, size: size) { progress.message($0) }
  }
}
