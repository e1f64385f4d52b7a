import Cluster
import Experiments
import Imagery
import Metrics

/// What happens in a run, in the order in which it happens; told to the outputs of a run on the first rank.
package enum RunEvent: Sendable {
  /// The run begins, or goes on from a checkpoint.
  case started(RunStart)
  /// A step of all ranks is done.
  case step(RunStep)
  /// An epoch is trained and validated.
  case epoch(RunEpoch)
  /// A split is evaluated: after an epoch, or by `validate` and `test`.
  case evaluation(RunEvaluation)
  /// A checkpoint is on disk.
  case checkpoint(RunCheckpoint)
  /// The run has saved everything and leaves before its end.
  case stopped(RunStop)
  /// All epochs are done.
  case finished(RunEnd)
}

/// Where a run stands.
package struct RunStanding: Sendable {
  /// Epochs asked for.
  package let epochs: Int
  /// Finished epochs.
  package let epoch: Int
  /// Steps of the epoch in flight; 0 between two epochs.
  package let step: Int
  /// Results of the finished epochs.
  package let history: RunHistory

  package var isFinished: Bool { epoch >= epochs }
}

/// What a run is, and where it begins.
package struct RunStart: Sendable {
  package let experiment: Experiment
  /// Number of trained parameters.
  package let parameters: Int
  /// Ranks that train together, and the threads of each.
  package let ranks, threads: Int
  /// What is known of the patches, by split.
  package let splits: [Split: PatchRecord]
  /// Folders, command line and machine; nil in a run without a folder.
  package let identity: RunIdentity?
  /// What the run goes on from; nil for a new one.
  package let resumption: Resumption?
  package let standing: RunStanding

  /// How a run goes on.
  package struct Resumption: Sendable {
    /// Path of the checkpoint.
    package let checkpoint: String
    /// Ranks that wrote it.
    package let ranks: Int
    /// Other data than the run was begun with; nil for the same.
    package let change: DataChange?
  }
}

/// A step of all ranks together.
package struct RunStep: Sendable {
  /// The epoch in flight, counted from 1.
  package let epoch: Int
  /// Steps of this epoch and of the run, this one included.
  package let step, globalStep: Int
  /// Training patches of this epoch so far.
  package let patches: Int
  /// Mean loss of this epoch so far.
  package let loss: Double
  /// Mean losses of this step, one for each objective.
  package let losses: [Double]
  package let learningRate: Double
}

/// What an epoch came to.
package struct RunEpoch: Sendable {
  /// The row of the epoch in `metrics.csv`.
  package let record: EpochRecord
  /// Figures with the counts of every class, and of a single-label task the confusion matrix.
  package let training, validation: ClassificationMetrics
  package let isBest: Bool
  /// Share of the training time that went to the exchange with other ranks, 0…1; nil for one process.
  package let exchangeShare: Double?
  /// Seconds to the end of the run; nil when they are not known.
  package let secondsLeft: Double?
  /// After the epoch.
  package let standing: RunStanding
}

/// What the evaluation of a split came to.
package struct RunEvaluation: Sendable {
  package let split: Split
  /// Finished epochs of the network.
  package let epoch: Int
  /// Mean over the patches.
  package let loss: Double
  /// Figures with the counts of every class, and of a single-label task the confusion matrix.
  package let metrics: ClassificationMetrics
  package let seconds: Double

  init(_ evaluation: Evaluation, of split: Split, epoch: Int) {
    (self.split, self.epoch) = (split, epoch)
    (loss, metrics, seconds) = (evaluation.loss, evaluation.metrics, evaluation.seconds)
  }
}

/// A checkpoint that is on disk.
package struct RunCheckpoint: Sendable {
  package let path: String
  package let occasion: Occasion
  /// Whether `best.h5` is the same checkpoint from now on.
  package let isBest: Bool
  /// Seconds that the writing took.
  package var seconds = 0.0
  /// What the checkpoint holds.
  package let standing: RunStanding

  /// Why a checkpoint is written.
  package enum Occasion: String, Sendable {
    /// The end of an epoch.
    case epoch
    /// The time between two checkpoints within an epoch is over.
    case interval
    /// The run stops.
    case stop
    /// The best checkpoint was lost.
    case best
  }
}

/// A run that leaves before its end.
package struct RunStop: Sendable {
  package let reason: StopReason
  package let standing: RunStanding
}

/// A run whose epochs are all done.
package struct RunEnd: Sendable {
  /// Path of the best checkpoint; nil in a run without a folder.
  package let bestCheckpoint: String?
  package let standing: RunStanding
}
