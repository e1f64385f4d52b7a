import Checkpoints
import Cluster
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

/// What may end a training before its time.
struct StopSources {
  /// When the batch job ends, for the process that watches the time; nil outside of a job.
  var jobEnd: JobEnd?
  /// Heeds signals until the first step; nil where nobody listens to them, and from that step on.
  var early: EarlyStop?
}

/// What a training tells, and whom.
struct RunReporting {
  var outputs = RunOutput.all
  /// What the user may do next; nil where nobody is told.
  var nextSteps: NextSteps?
  /// What the run notes of itself; nil in a run without a folder.
  var identity: RunIdentity?

  /// Of the first rank, which alone writes and talks; nobody is told anything on the others.
  func events(in folder: RunFolder?, at place: Workplace) -> RunEvents {
    let voice = RunVoice(progress: place.progress, log: place.log, nextSteps: nextSteps)
    let observers = place.communicator.isFirst ? outputs.compactMap { $0.observer(in: folder, voice) } : []
    let (progress, logger) = (place.progress, place.logger)
    return RunEvents(observers) { line in
      progress.warning(line)
      logger.warning("\(line)")
    }
  }
}
