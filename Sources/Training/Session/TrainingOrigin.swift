import Checkpoints
import Experiments
import Packs

/// The weights or the checkpoint that a training starts from, on the first rank. Without either, weights are random.
struct TrainingOrigin {
  /// Weights that a new run starts from.
  var weights: InitialWeights?
  /// The newest checkpoint of a run that goes on. It is opened and checked once, for all later reads.
  var checkpoint: TrainedModel?
  /// Why `checkpoint` is not the file `last.h5`; nil where it is.
  var warning: String?
  /// How the data differ from the data that the run began with; nil where they are the same.
  var change: DataChange?

  init() {}

  /// - Parameter newest: the checkpoint from which a run goes on; nil for a new run.
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
  /// Where shards of a pack are copied; nil to copy none.
  let stage: StageSettings?

  /// - Parameter digest: where it is known.
  /// - Throws: `InputError` (data) for a patch that cannot be read.
  init(
    _ experiment: Experiment, splits: PatchSplits, digest: DataDigest? = nil, runner: NetworkRunner,
    stage: StageSettings? = nil
  ) throws {
    (self.experiment, self.splits, self.runner, self.stage) = (experiment, splits, runner, stage)
    self.digest = try digest ?? DataDigest(splits, experiment)
  }
}
