import Checkpoints

/// The weights or the checkpoint that a training starts from, on the first rank. Without either, weights are random.
struct TrainingOrigin {
  /// Weights that a new run starts from.
  var weights: TrainedModel?
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
