import Basics
import Experiments
import Networks

extension TrainingSession {
  /// Height and width of the images of the run, where its network takes one size only and the files alone tell it; else nil.
  /// - Throws: `InputError`, see `PatchCounts`.
  var imageSize: PatchSize? {
    get throws {
      guard experiment.model.hasFixedSize, experiment.data.patchSize == nil else { return nil }
      return try PatchCounts(experiment, data: data, labels: labels).size
    }
  }

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
}
