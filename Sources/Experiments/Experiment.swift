import Architectures
import Imagery
import Metrics
import Networks

/// Everything a run needs to know besides where its files are: one value, read from a configuration file,
/// `--set` and flags, written in full into the run folder and every checkpoint.
///
/// A property that does not apply to the chosen fusion, labels or optimizer has its default.
package struct Experiment: Equatable, Sendable {
  /// Name of the run in tables.
  package var name = "experiment"
  /// Threads that compute; nil for one per core.
  package var threads: Int?
  /// The type of activations and of what convolutions multiply.
  package var precision = Precision.fp32
  /// Memory against time in training.
  package var memory = MemoryMode.balanced
  package var model = Model()
  package var labels = Labels()
  package var data = Patches()
  package var training = Schedule()
  package var evaluation = Evaluation()
  package var cluster = ClusterTimes()

  package init() {}

  /// The network and where the sensors meet.
  package struct Model: Equatable, Sendable {
    package var architecture = ResNet.Depth.resnet101
    package var fusion = FusionKind.noFusion
    /// One sensor without fusion, else the optical one followed by S1.
    package var sensors = [DataSets.defaultChannels]
    /// Middle fusion joins the sensors after this stage: 0 the stem, 1…4 `layer1`…`layer4`.
    package var fusionStage = 2
    /// Weights of the fused feature maps, in the order of `sensors`.
    package var fusionWeights = [1.0, 1.0]
    package var lateTraining = LateTraining.separate
    /// Probability of dropping a feature before the classifier.
    package var dropout = 0.0
  }

  /// What is learnt about a patch.
  package struct Labels: Equatable, Sendable {
    package var scheme = DataSets.classSchemes[0]
    package var type = ClassificationTask.multi
    /// A class is present from this share of the patch on (multi-label).
    package var threshold = 0.1
    /// What to do with patches without any class; nil for what suits `type`, see `effectiveEmpty`.
    package var empty: EmptyLabels?

    /// Without a class a patch has no single label; with any number of them it is a negative of all classes.
    package var effectiveEmpty: EmptyLabels { empty ?? (type == .single ? .exclude : .keep) }
  }

  /// Which patches are used, and how they are prepared.
  package struct Patches: Equatable, Sendable {
    package var validation = ValidationSplit.byScene
    /// Share of the training scenes held out by `ValidationSplit.byScene`.
    package var validationFraction = 0.2
    /// Seed of the scenes held out, and of the patches that `limit` leaves.
    package var splitSeed: UInt64 = 0
    /// The most patches to train on, and as large a part of the validation patches; nil for all.
    package var limit: Int?
    /// Patches of other seasons are left out of all splits.
    package var seasons = Season.allCases
    package var missing = MissingFiles.fail
    package var nan = NaNPolicy.fail
    package var normalisation = NormalisationSource.published
    package var leakage = LeakagePolicy.warn
    /// Side length in pixels patches are cropped to; nil to use them as they are.
    package var patchSize: Int?
    package var crop = Crop.random
    package var flips = false
    package var rotations = false
    /// Threads that read and prepare patches.
    package var workers = 2
    /// Batches prepared ahead of the network.
    package var prefetch = 2
  }

  /// How the network is trained.
  package struct Schedule: Equatable, Sendable {
    package var epochs = 100
    package var batchSize = 25
    /// Whether `batchSize` counts the patches of all ranks or those of each.
    package var batchScope = BatchScope.global
    /// Whether batch norms take their statistics from the patches of all ranks.
    package var syncBatchNorm = true
    package var learningRate = 0.001
    /// How the learning rate follows a batch that grows with the number of ranks.
    package var learningRateScaling = LearningRateScaling.none
    /// L2 penalty, coupled into the gradient.
    package var weightDecay = 1e-5
    package var optimizer = OptimizerKind.adam
    /// Decay of Adam's first and second moment.
    package var betas = [0.9, 0.999]
    package var epsilon = 1e-8
    package var momentum = 0.9
    package var nesterov = false
    /// Seed of weights, order, augmentation and dropout.
    package var seed: UInt64 = 0
    /// Whether the last, smaller batch of an epoch is left out.
    package var dropLast = false
    package var checkpointEveryEpochs = 1
    /// Minutes between checkpoints within an epoch; nil for none.
    package var checkpointEveryMinutes: Double? = 30
  }

  /// How the network is evaluated. Results do not depend on it.
  package struct Evaluation: Equatable, Sendable {
    package var batchSize = 25
  }

  /// What a run on a cluster waits for, seconds. Results do not depend on it.
  package struct ClusterTimes: Equatable, Sendable {
    /// Silence after which another rank is taken for lost.
    package var rankTimeout = 30.0
    /// How long ranks that are alive wait for each other in one exchange.
    package var collectiveTimeout = 600.0
    /// Before the end of the batch job a run saves and leaves.
    package var endMargin = 120.0
    /// After a wish to stop a run that has not left by then leaves at once.
    package var stopTimeout = 600
  }
}

extension Experiment {
  package enum FusionKind: String, CaseIterable, Sendable {
    /// One sensor.
    case noFusion = "none"
    /// The bands of both sensors enter one network.
    case early
    /// An encoder per sensor, then one network.
    case middle
    /// A network per sensor, logits averaged.
    case late
  }

  package enum LateTraining: String, CaseIterable, Sendable {
    /// Each network on its own loss.
    case separate
    /// Both on the loss of the averaged logits.
    case joint
  }

  package enum EmptyLabels: String, CaseIterable, Sendable {
    /// Leave such patches out.
    case exclude
    /// Use them, as the published code does.
    case keep
    /// Stop with their number and names.
    case error
  }

  package enum ValidationSplit: String, CaseIterable, Sendable {
    /// Whole scenes of the training list are held out.
    case byScene = "by_scene"
    /// A validation list is given.
    case list
    /// The paper's lists, in which training and validation share scenes.
    case paper
  }

  /// When images were taken, in the order of the year.
  package enum Season: String, CaseIterable, Sendable { case spring, summer, fall, winter }

  /// What to do about patches whose files are absent.
  package enum MissingFiles: String, CaseIterable, Sendable {
    /// Stop with their number and names.
    case fail
    /// Leave them out. Files that are there and cannot be read stop the run all the same.
    case skip
  }

  package enum NormalisationSource: String, CaseIterable, Sendable {
    /// The published mean and standard deviation of each band.
    case published
    /// Those of the training split.
    case computed
  }

  package enum LeakagePolicy: String, CaseIterable, Sendable { case warn, fail, ignore }

  package enum Crop: String, CaseIterable, Sendable {
    /// A new place every epoch for training, the centre for evaluation.
    case random
    case centre
  }

  package enum OptimizerKind: String, CaseIterable, Sendable { case adam, sgd }

  package enum BatchScope: String, CaseIterable, Sendable {
    /// The batch size is that of a step on all ranks.
    case global
    /// Each rank takes so many patches.
    case rank
  }

  package enum LearningRateScaling: String, CaseIterable, Sendable {
    case none
    /// In proportion to the batch.
    case linear
    /// To the square root of the batch.
    case sqrt
  }
}
