import Experiments

/// What is trained, and on what.
struct TrainingTask {
  let experiment: Experiment
  let splits: PatchSplits
  /// Of the splits.
  let digest: DataDigest
  /// Prepared for the batch sizes of training and validation.
  let runner: NetworkRunner

  /// - Parameter digest: where it is known.
  /// - Throws: `InputError` (data) for a patch that cannot be read.
  init(_ experiment: Experiment, splits: PatchSplits, digest: DataDigest? = nil, runner: NetworkRunner) throws
  {
    (self.experiment, self.splits, self.runner) = (experiment, splits, runner)
    self.digest = try digest ?? DataDigest(splits, experiment)
  }
}
