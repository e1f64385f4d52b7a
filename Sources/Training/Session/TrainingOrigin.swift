import Checkpoints

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
