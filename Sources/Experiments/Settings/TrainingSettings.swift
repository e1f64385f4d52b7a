import Networks

/// How the network is trained.
package struct TrainingSettings: Equatable, Sendable {
  package var epochs = 100
  package var batchSize = 25
  /// Whether `batchSize` counts the patches of all ranks or of each rank.
  package var batchScope = BatchScope.global
  /// Whether batch norms take their statistics from the patches of all ranks.
  package var syncBatchNorm = true
  package var learningRate = 0.001
  /// How the learning rate follows a batch that grows with the number of ranks.
  package var learningRateScaling = LearningRateScaling.none
  /// L2 penalty, coupled into the gradient.
  package var weightDecay = 1e-5
  package var optimizer = OptimizerRule.Kind.adam
  /// Decay of Adam's first and second moment.
  package var betas = [0.9, 0.999]
  package var epsilon = 1e-8
  package var momentum = 0.9
  package var nesterov = false
  /// Parts of the network that keep their parameters and running statistics.
  package var freeze: [DataName] = []
  /// Factors of the learning rate of parts; of several for a part the last counts.
  package var rates: [PartRate] = []
  /// Seed of weights, order, augmentation and dropout.
  package var seed: UInt64 = 0
  /// Whether the last, smaller batch of an epoch is left out.
  package var dropLast = false
  package var checkpointEveryEpochs = 1
  /// Minutes between checkpoints within an epoch; nil for none.
  package var checkpointEveryMinutes: Double? = 30

  package enum BatchScope: String, CaseIterable, Sendable {
    /// `batch_size` counts the patches of all ranks in a step.
    case global
    /// Each rank takes `batch_size` patches.
    case rank
  }

  package enum LearningRateScaling: String, CaseIterable, Sendable {
    case none
    /// The rate grows in proportion to the batch.
    case linear
    /// The rate grows with the square root of the batch.
    case sqrt
  }

  /// The error of nesterov without momentum: its step follows the velocity, which is then zero.
  var inconsistency: Inconsistency? {
    guard nesterov && momentum == 0 else { return nil }
    return Inconsistency(
      keys: ["training.nesterov", "training.momentum"],
      problem: "training.nesterov needs a training.momentum above 0",
      remedy: "set training.momentum, or training.nesterov: false")
  }
}

extension TrainingSettings.BatchScope: ConfigurationChoice {}
extension TrainingSettings.LearningRateScaling: ConfigurationChoice {}
extension OptimizerRule.Kind: ConfigurationChoice {}

extension TrainingSettings {
  static let keys: [ExperimentKey] = [
    .init(
      "training.epochs", \.training.epochs, .epochs, "passes over the training patches",
      applies: .always, mustMatch: .init(onResume: false, betweenRanks: true, betweenHalves: false)),
    .init(
      "training.batch_size", \.training.batchSize, .range(1...65536), "patches a training step",
      applies: .always, mustMatch: .init(onResume: true, betweenRanks: true, betweenHalves: false)),
    .init(
      "training.batch_scope", \.training.batchScope, .any,
      "several ranks: batch_size counts the patches of all of them, or of each",
      applies: .always, mustMatch: .init(onResume: true, betweenRanks: true, betweenHalves: false)),
    .init(
      "training.sync_batch_norm", \.training.syncBatchNorm, .any,
      "several ranks: batch norms take their statistics from the patches of all ranks",
      applies: .always, mustMatch: .init(onResume: true, betweenRanks: true, betweenHalves: false)),
    .init(
      "training.learning_rate", \.training.learningRate, .positive, "step size of the optimizer",
      applies: .always, mustMatch: .init(onResume: true, betweenRanks: true, betweenHalves: false)),
    .init(
      "training.learning_rate_scaling", \.training.learningRateScaling, .any,
      "batch_scope rank: how the learning rate grows with the number of ranks",
      applies: .when(\.training.batchScope, is: .rank),
      mustMatch: .init(onResume: true, betweenRanks: true, betweenHalves: false)),
    .init(
      "training.weight_decay", \.training.weightDecay, .nonNegative, "L2 penalty, coupled into the gradient",
      applies: .always, mustMatch: .init(onResume: true, betweenRanks: true, betweenHalves: false)),
    .init(
      "training.optimizer", \.training.optimizer, .any, "Adam, or stochastic gradient descent",
      applies: .always, mustMatch: .init(onResume: true, betweenRanks: true, betweenHalves: false)),
    .init(
      "training.betas", \.training.betas, .pair(.fraction), "adam: decay of the two moments",
      applies: .when(\.training.optimizer, is: .adam),
      mustMatch: .init(onResume: true, betweenRanks: true, betweenHalves: false)),
    .init(
      "training.epsilon", \.training.epsilon, .positive, "adam: added to the denominator",
      applies: .when(\.training.optimizer, is: .adam),
      mustMatch: .init(onResume: true, betweenRanks: true, betweenHalves: false)),
    .init(
      "training.momentum", \.training.momentum, .fraction, "sgd: decay of the velocity",
      applies: .when(\.training.optimizer, is: .sgd),
      mustMatch: .init(onResume: true, betweenRanks: true, betweenHalves: false)),
    .init(
      "training.nesterov", \.training.nesterov, .any, "sgd: look ahead along the velocity",
      applies: .when(\.training.optimizer, is: .sgd),
      mustMatch: .init(onResume: true, betweenRanks: true, betweenHalves: false)),
    .init(
      "training.freeze", \.training.freeze, .any,
      "parts that keep their weights and statistics, [stem, layer1] or [s1]; plan lists the parts",
      applies: .always, mustMatch: .init(onResume: true, betweenRanks: true, betweenHalves: false)),
    .init(
      "training.rates", \.training.rates, .any,
      "factors of the learning rate by part, [stem=0, layer4=0.1]; the last that names a part counts",
      applies: .always, mustMatch: .init(onResume: true, betweenRanks: true, betweenHalves: false)),
    .init(
      "training.seed", \.training.seed, .any, "seed of weights, order, augmentation and dropout",
      applies: .always, mustMatch: .init(onResume: true, betweenRanks: true, betweenHalves: false)),
    .init(
      "training.drop_last", \.training.dropLast, .any, "leave out the last, smaller batch of an epoch",
      applies: .always, mustMatch: .init(onResume: true, betweenRanks: true, betweenHalves: false)),
    .init(
      "training.checkpoint_every_epochs", \.training.checkpointEveryEpochs, .epochs,
      "epochs between checkpoints",
      applies: .always, mustMatch: .init(onResume: false, betweenRanks: true, betweenHalves: false)),
    .init(
      "training.checkpoint_every_minutes", \.training.checkpointEveryMinutes, .optional(.positiveSpan),
      "minutes between checkpoints within an epoch; null for none",
      applies: .always, mustMatch: .init(onResume: false, betweenRanks: true, betweenHalves: false)),
  ]
}
