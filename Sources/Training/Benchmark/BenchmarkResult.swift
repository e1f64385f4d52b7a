import Networks
import SEN12MS

/// What a benchmark found; parts that were not measured are nil or empty.
public struct BenchmarkResult: Sendable {
  public let network: NetworkFigures
  public let machine: MachineFigures
  public internal(set) var step: StepFigures?
  /// Of the training step; nil in a process that is alone.
  public internal(set) var exchange: ExchangeFigures?
  public internal(set) var evaluation: StepFigures?
  public internal(set) var kernels: [KernelFigures] = []
  public internal(set) var optimizer: OptimizerFigures?
  public internal(set) var data: DataFigures?
  /// The most memory that the process has had at once, in bytes.
  public internal(set) var peakResidentBytes = 0
  /// What was planned for, see `MemoryEstimate`; nil without steps and evaluations.
  public internal(set) var plannedPeakBytes: Int?

  init(network: NetworkFigures, machine: MachineFigures) {
    self.network = network
    self.machine = machine
  }

  /// The network and the batches, so that a peer can compute the same.
  public struct NetworkFigures: Encodable, Sendable {
    public struct Sensor: Encodable, Sendable {
      public let name: String
      public let bands: Int
    }

    public let name, architecture, fusion: String
    public let sensors: [Sensor]
    public let fusionStage: Int
    public let fusionWeights: [Double]
    /// "separate" or "joint", for late fusion.
    public let lateTraining: String
    public let classes: Int
    /// "multi" or "single".
    public let labels: String
    public let dropout: Double
    /// Of the images, in pixels.
    public let height, width: Int
    public let batchSize, evaluationBatchSize: Int
    public let precision: String
    public let optimizer: String
    /// "balanced" or "low".
    public let memory: String
    public let learningRate, weightDecay: Double

    init(_ experiment: Experiment, size: PatchSize) {
      let model = experiment.model
      name = experiment.name
      (architecture, fusion) = (model.architecture.rawValue, model.fusion.rawValue)
      sensors = experiment.inputs.map { Sensor(name: $0.rawValue, bands: $0.bandCount) }
      (fusionStage, fusionWeights) = (model.fusionStage, model.fusionWeights)
      lateTraining = model.lateTraining.rawValue
      classes = experiment.classScheme.classCount
      labels = experiment.labels.type.rawValue
      dropout = model.dropout
      (height, width) = (size.height, size.width)
      (batchSize, evaluationBatchSize) = (experiment.training.batchSize, experiment.evaluation.batchSize)
      precision = experiment.precision.rawValue
      optimizer = experiment.training.optimizer.rawValue
      memory = experiment.memory.rawValue
      (learningRate, weightDecay) = (experiment.training.learningRate, experiment.training.weightDecay)
    }
  }

  /// A training step or a batch of an evaluation.
  public struct StepFigures: Sendable {
    public let seconds: Timing
    /// Patches of a step.
    public let batch: Int
    /// Operations of a step as direct convolutions, see `LayerCost`.
    public let flops: Int
    public let kinds: [KindFigures]
    public let steady: SteadyFigures

    /// By the median.
    public var imagesPerSecond: Double { Double(batch) / seconds.median }

    init(_ profile: StepProfile, batch: Int, flops: Int) {
      seconds = profile.timing
      self.batch = batch
      self.flops = flops
      kinds = profile.kinds
      steady = SteadyFigures(profile.counts, steps: profile.timing.all.count)
    }
  }

  /// What the system had to do in all measured steps together.
  public struct SteadyFigures: Encodable, Sendable {
    public let steps: Int
    /// Pages that came into being: next to none if no memory is allocated.
    public let minorPageFaults: Int
    /// Times a thread waited of itself. Waits beyond `poolSleeps` would be waits for a lock or for a file.
    public let voluntaryContextSwitches: Int
    /// Times a thread was stopped for another.
    public let involuntaryContextSwitches: Int
    /// Allocations of memory by all threads; nil if they were not counted.
    public let allocations: Int?
    /// Forks and joins of the pool.
    public let poolSections: Int
    /// Times a thread of the pool slept, for lack of work or waiting for the others.
    public let poolSleeps: Int

    init(_ counts: StepCounts, steps: Int) {
      self.steps = steps
      minorPageFaults = counts.usage.minorFaults
      voluntaryContextSwitches = counts.usage.voluntarySwitches
      involuntaryContextSwitches = counts.usage.involuntarySwitches
      allocations = counts.allocations
      poolSections = counts.sections
      poolSleeps = counts.sleeps
    }
  }

  /// What a training step of several ranks exchanges, as this rank sees it.
  public struct ExchangeFigures: Encodable, Sendable {
    public let ranks: Int
    /// Whether gradients are summed by a thread of their own while others are computed.
    public let isOverlapped: Bool
    /// Seconds that a step stood still for sums, and for ranks that were behind.
    public let waitSeconds: Timing
  }

  /// Time of a step by kind of work, the median of the steps.
  public struct KindFigures: Encodable, Sendable {
    public let kind: String
    public let seconds: Double
  }

  /// One pass of all convolutions of one shape, timed inside the running step.
  public struct KernelFigures: Encodable, Sendable {
    /// "forward", "input gradient", "weight gradient" of training, or "evaluation".
    public let pass: String
    /// "3×3/2"
    public let window: String
    /// `[N, H, W, C]` of the forward pass.
    public let input, output: [Int]
    /// The instructions that compute it.
    public let kernel: String
    /// How often it occurs in a step.
    public let calls: Int
    /// Of one call.
    public let bestSeconds, medianSeconds: Double
    /// Of all calls of a step.
    public let stepSeconds: Double
    /// Of one call, as a direct convolution.
    public let flops: Int

    /// Operations a second of the best call.
    public var rate: Double { Double(flops) / bestSeconds }

    init(_ work: ConvolutionWork, kernel: String, isEvaluation: Bool, calls: [[Double]]) {
      func dimensions(_ shape: Shape) -> [Int] { [shape.batch, shape.height, shape.width, shape.channels] }
      pass = isEvaluation ? "evaluation" : work.pass.rawValue
      window = work.window.description
      (input, output) = (dimensions(work.input), dimensions(work.output))
      self.kernel = kernel
      self.calls = calls.count
      let all = Timing(calls.flatMap { $0 })
      (bestSeconds, medianSeconds) = (all.best, all.median)
      stepSeconds = calls.reduce(0) { $0 + Timing.median($1) }
      flops = work.flops
    }
  }

  /// Updates of all parameters.
  public struct OptimizerFigures: Encodable, Sendable {
    public let seconds: Timing
    /// Read and written by an update.
    public let bytes: Int
  }

  /// Files to normalised batches.
  public struct DataFigures: Encodable, Sendable {
    /// Whether the files were made for the measurement.
    public let isSynthetic: Bool
    public let patches: Int
    /// How often an epoch of the benchmark reads each.
    public let passes: Int
    /// "256×256"
    public let size: String
    public let workers: Int
    /// Of all passes over all patches.
    public let epochSeconds: Timing

    /// By the median.
    public var patchesPerSecond: Double { rate(epochSeconds.median) }

    public var bestPatchesPerSecond: Double { rate(epochSeconds.best) }

    private func rate(_ seconds: Double) -> Double { Double(passes * patches) / seconds }
  }
}
