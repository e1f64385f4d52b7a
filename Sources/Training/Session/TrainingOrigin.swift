import Checkpoints
import Experiments

/// From where a training goes out, known to the first rank: random numbers where it names no checkpoint.
struct TrainingOrigin {
  /// Weights that a new run starts from.
  var weights: TrainedModel?
  /// The newest checkpoint of a run that goes on, opened and checked once for all that is read of it.
  var checkpoint: TrainedModel?
  /// Why that is not the last checkpoint; nil where it is.
  var warning: String?
  /// Other data than before that the run goes on with.
  var change: DataChange?

  init() {}

  /// - Parameter newest: what a run goes on from; nil for a new one.
  /// - Throws: `InputError` (checkpoint) for a file of another program.
  init(_ newest: CheckpointStore.Newest?) throws {
    checkpoint = try newest.map { try TrainedModel($0.file) }
    warning = newest?.warning
  }
}

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
