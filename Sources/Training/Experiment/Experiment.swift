import Architectures
import Networks
import SEN12MS

/// Everything a run needs to know besides where its files are: one value, read from a configuration file,
/// `--set` and flags, written in full into the run folder and every checkpoint.
///
/// A property that does not apply to the chosen fusion, labels or optimizer has its default.
public struct Experiment: Equatable, Sendable {
  /// Name of the run in tables.
  public var name = "experiment"
  /// Threads that compute; nil for one per core.
  public var threads: Int?
  /// The type of activations and of what convolutions multiply.
  public var precision = Precision.fp32
  /// Memory against time in training.
  public var memory = MemoryMode.balanced
  public var model = Model()
  public var labels = Labels()
  public var data = Patches()
  public var training = Schedule()
  public var evaluation = Evaluation()
  public var cluster = ClusterTimes()

  public init() {}

  /// The network and where the sensors meet.
  public struct Model: Equatable, Sendable {
    public var architecture = ResNet.Depth.resnet101
    public var fusion = FusionKind.noFusion
    /// One sensor without fusion, else the optical one followed by S1.
    public var sensors = [SensorInput.s2]
    /// Middle fusion joins the sensors after this stage: 0 the stem, 1…4 `layer1`…`layer4`.
    public var fusionStage = 2
    /// Weights of the fused feature maps, in the order of `sensors`.
    public var fusionWeights = [1.0, 1.0]
    public var lateTraining = LateTraining.separate
    /// Probability of dropping a feature before the classifier.
    public var dropout = 0.0
  }

  /// What is learnt about a patch.
  public struct Labels: Equatable, Sendable {
    public var scheme = ClassScheme.simplified
    public var type = ClassificationTask.multi
    /// A class is present from this share of the patch on (multi-label).
    public var threshold = 0.1
    /// What to do with patches without any class; nil for what suits `type`, see `effectiveEmpty`.
    public var empty: EmptyLabels?

    /// Without a class a patch has no single label; with any number of them it is a negative of all classes.
    public var effectiveEmpty: EmptyLabels { empty ?? (type == .single ? .exclude : .keep) }
  }

  /// Which patches are used, and how they are prepared.
  public struct Patches: Equatable, Sendable {
    public var validation = ValidationSplit.byScene
    /// Share of the training scenes held out by `ValidationSplit.byScene`.
    public var validationFraction = 0.2
    /// Seed of the scenes held out, and of the patches that `limit` leaves.
    public var splitSeed: UInt64 = 0
    /// The most patches to train on, and as large a part of the validation patches; nil for all.
    public var limit: Int?
    /// Patches of other seasons are left out of all splits.
    public var seasons = Season.ofTheYear
    public var missing = MissingFiles.fail
    public var nan = NaNPolicy.fail
    public var normalisation = NormalisationSource.published
    public var leakage = LeakagePolicy.warn
    /// Side length in pixels patches are cropped to; nil to use them as they are.
    public var patchSize: Int?
    public var crop = Crop.random
    public var flips = false
    public var rotations = false
    /// Threads that read and prepare patches.
    public var workers = 2
    /// Batches prepared ahead of the network.
    public var prefetch = 2
  }

  /// How the network is trained.
  public struct Schedule: Equatable, Sendable {
    public var epochs = 100
    public var batchSize = 25
    /// Whether `batchSize` counts the patches of all ranks or those of each.
    public var batchScope = BatchScope.global
    /// Whether batch norms take their statistics from the patches of all ranks.
    public var syncBatchNorm = true
    public var learningRate = 0.001
    /// How the learning rate follows a batch that grows with the number of ranks.
    public var learningRateScaling = LearningRateScaling.none
    /// L2 penalty, coupled into the gradient.
    public var weightDecay = 1e-5
    public var optimizer = OptimizerKind.adam
    /// Decay of Adam's first and second moment.
    public var betas = [0.9, 0.999]
    public var epsilon = 1e-8
    public var momentum = 0.9
    public var nesterov = false
    /// Seed of weights, order, augmentation and dropout.
    public var seed: UInt64 = 0
    /// Whether the last, smaller batch of an epoch is left out.
    public var dropLast = false
    public var checkpointEveryEpochs = 1
    /// Minutes between checkpoints within an epoch; nil for none.
    public var checkpointEveryMinutes: Double? = 30
  }

  /// How the network is evaluated. Results do not depend on it.
  public struct Evaluation: Equatable, Sendable {
    public var batchSize = 25
  }

  /// What a run on a cluster waits for, seconds. Results do not depend on it.
  public struct ClusterTimes: Equatable, Sendable {
    /// Silence after which another rank is taken for lost.
    public var rankTimeout = 30.0
    /// How long ranks that are alive wait for each other in one exchange.
    public var collectiveTimeout = 600.0
    /// Before the end of the batch job a run saves and leaves.
    public var endMargin = 120.0
    /// After a wish to stop a run that has not left by then leaves at once.
    public var stopTimeout = 600
  }
}

extension Experiment {
  public enum FusionKind: String, CaseIterable, Sendable {
    /// One sensor.
    case noFusion = "none"
    /// The bands of both sensors enter one network.
    case early
    /// An encoder per sensor, then one network.
    case middle
    /// A network per sensor, logits averaged.
    case late
  }

  public enum LateTraining: String, CaseIterable, Sendable {
    /// Each network on its own loss.
    case separate
    /// Both on the loss of the averaged logits.
    case joint
  }

  public enum EmptyLabels: String, CaseIterable, Sendable {
    /// Leave such patches out.
    case exclude
    /// Use them, as the published code does.
    case keep
    /// Stop with their number and names.
    case error
  }

  public enum ValidationSplit: String, CaseIterable, Sendable {
    /// Whole scenes of the training list are held out.
    case byScene = "by_scene"
    /// A validation list is given.
    case list
    /// The paper's lists, in which training and validation share scenes.
    case paper
  }

  /// What to do about patches whose files are absent.
  public enum MissingFiles: String, CaseIterable, Sendable {
    /// Stop with their number and names.
    case fail
    /// Leave them out. Files that are there and cannot be read stop the run all the same.
    case skip
  }

  public enum NormalisationSource: String, CaseIterable, Sendable {
    /// The published mean and standard deviation of each band.
    case published
    /// Those of the training split.
    case computed
  }

  public enum LeakagePolicy: String, CaseIterable, Sendable { case warn, fail, ignore }

  public enum Crop: String, CaseIterable, Sendable {
    /// A new place every epoch for training, the centre for evaluation.
    case random
    case centre
  }

  public enum OptimizerKind: String, CaseIterable, Sendable { case adam, sgd }

  public enum BatchScope: String, CaseIterable, Sendable {
    /// The batch size is that of a step on all ranks.
    case global
    /// Each rank takes so many patches.
    case rank
  }

  public enum LearningRateScaling: String, CaseIterable, Sendable {
    case none
    /// In proportion to the batch.
    case linear
    /// To the square root of the batch.
    case sqrt
  }
}
