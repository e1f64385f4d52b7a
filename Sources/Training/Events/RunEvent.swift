import Cluster
import Experiments
import Imagery
import Metrics

/// An event of a run. The outputs on the first rank get the events in the order in which they happen.
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
  /// The run has saved everything and stops before its last epoch is done.
  case stopped(RunStop)
  /// All epochs are done.
  case finished(RunEnd)
}

/// How far a run has come.
package struct RunStanding: Sendable {
  /// Epochs asked for.
  package let epochs: Int
  /// Finished epochs.
  package let epoch: Int
  /// Steps of the epoch in flight; 0 between two epochs.
  package let step: Int
  /// Steps of the whole run.
  package let globalStep: Int
  /// Results of the finished epochs.
  package let history: RunHistory

  package var isFinished: Bool { epoch >= epochs }
}

/// A run at its start: its description, and how far it had come before.
package struct RunStart: Sendable {
  package let experiment: Experiment
  /// Number of trained parameters.
  package let parameters: Int
  /// Names of the losses that a step minimises, see `NetworkRunner`.
  package let objectives: [String]
  /// Ranks that train together, and the threads of each.
  package let ranks, threads: Int
  /// What is known of the patches, by split.
  package let splits: [Split: PatchRecord]
  /// Folders, command line and machine; nil in a run without a folder.
  package let identity: RunIdentity?
  /// The checkpoint from which the run goes on; nil for a new run.
  package let resumption: Resumption?
  package let standing: RunStanding
  /// What the device has chosen, see `DeviceChoices`; nil where it chooses nothing.
  package var choices: String?
  /// Makes pictures of the validation patches; nil in a run without a folder.
  package var pictures: ValidationPictures?

  /// How a run goes on from a checkpoint.
  package struct Resumption: Sendable {
    /// Path of the checkpoint.
    package let checkpoint: String
    /// Number of ranks that wrote the checkpoint.
    package let ranks: Int
    /// How the data differ from the data that the run began with; nil where they are the same.
    package let change: DataChange?
  }
}

/// The validation patches of a run, and what makes pictures of them.
package struct ValidationPictures: Sendable {
  package let pictures: PatchPictures
  /// Numbers of the patches in the catalogue, in the order of evaluations.
  package let patches: [Int]
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
  /// Training patches of this step.
  package let batch: Int
  /// Mean losses of this step, one for each objective.
  package let losses: [Double]
  /// Seconds for which the first rank waited for its patches of this step.
  package let waitSeconds: Double
  package let learningRate: Double
}

/// The results of an epoch.
package struct RunEpoch: Sendable {
  /// The row of the epoch in `metrics.csv`.
  package let record: EpochRecord
  /// Figures with the counts of every class; for a single-label task also the confusion matrix.
  package let training, validation: ClassificationMetrics
  package let isBest: Bool
  /// Share of the training time that went to the exchange with other ranks, 0…1; nil for one process.
  package let exchangeShare: Double?
  /// Seconds to the end of the run; nil when they are not known.
  package let secondsLeft: Double?
  /// How far the run has come after the epoch.
  package let standing: RunStanding
}

/// The results of the evaluation of a split.
package struct RunEvaluation: Sendable {
  package let split: Split
  /// Finished epochs of the network.
  package let epoch: Int
  /// Mean over the patches.
  package let loss: Double
  /// Figures with the counts of every class; for a single-label task also the confusion matrix.
  package let metrics: ClassificationMetrics
  package let seconds: Double
  /// What the network says of each patch; nil where nobody keeps it.
  package let predictions: PredictionTable?

  init(_ evaluation: Evaluation, of split: Split, epoch: Int, predictions: PredictionTable? = nil) {
    (self.split, self.epoch, self.predictions) = (split, epoch, predictions)
    (loss, metrics, seconds) = (evaluation.loss, evaluation.metrics, evaluation.seconds)
  }
}

/// A checkpoint that is on disk.
package struct RunCheckpoint: Sendable {
  package let path: String
  package let occasion: Occasion
  /// Whether `best.h5` is the same checkpoint from now on.
  package let isBest: Bool
  /// Digest of the network's weights; nil for a checkpoint that is not the best.
  package var weights: String?
  /// Seconds that the writing took.
  package var seconds = 0.0
  /// What the checkpoint holds.
  package let standing: RunStanding

  /// Why a checkpoint is written.
  package enum Occasion: String, Sendable {
    /// The end of an epoch.
    case epoch
    /// The time between two checkpoints within an epoch has passed.
    case interval
    /// The run stops.
    case stop
    /// The best checkpoint was lost.
    case best
  }
}

/// A run that stops before its last epoch is done.
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
