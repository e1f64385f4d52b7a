import Basics
import Experiments
import Networks

/// The result of a benchmark. Parts that were not measured are nil or empty.
package struct BenchmarkResult: Sendable {
  package let network: NetworkFigures
  package let machine: MachineFigures
  package internal(set) var step: StepFigures?
  /// The exchange in a training step; nil in a process that works alone.
  package internal(set) var exchange: ExchangeFigures?
  package internal(set) var evaluation: StepFigures?
  package internal(set) var kernels: [KernelFigures] = []
  package internal(set) var optimizer: OptimizerFigures?
  package internal(set) var data: DataFigures?
  /// The peak memory of the process, in bytes.
  package internal(set) var peakResidentBytes = 0
  /// The planned peak memory in bytes, see `MemoryEstimate`; nil without steps and evaluations.
  package internal(set) var plannedPeakBytes: Int?
  /// Bytes that the network takes on an accelerator; nil on the CPU, and without steps and evaluations.
  package internal(set) var plannedDeviceBytes: Int?

  init(network: NetworkFigures, machine: MachineFigures) {
    self.network = network
    self.machine = machine
  }

  /// The network and the batches, so that another program can compute the same.
  package struct NetworkFigures: Encodable, Sendable {
    package struct Sensor: Encodable, Sendable {
      package let name: String
      package let bands: Int
    }

    package let name, architecture: String
    /// "7x7" or "3x3".
    package let stem: String
    package let fusion: String
    package let sensors: [Sensor]
    package let fusionStage: Int
    package let fusionWeights: [Double]
    /// "separate" or "joint", for late fusion.
    package let lateTraining: String
    package let classes: Int
    /// "multi" or "single".
    package let labels: String
    /// The layers behind the last stage, and the share that their first dropout zeroes.
    package let head: String
    package let dropout: Double
    /// Size of the images in pixels.
    package let height, width: Int
    package let batchSize, evaluationBatchSize: Int
    package let precision: String
    package let optimizer: String
    /// "balanced" or "low".
    package let memory: String
    package let learningRate, weightDecay: Double

    init(_ experiment: Experiment, size: PatchSize) {
      let model = experiment.model
      name = experiment.name
      (architecture, stem, fusion) = (
        model.architecture.rawValue, model.stem.rawValue, model.fusion.rawValue
      )
      sensors = experiment.inputs.map { Sensor(name: $0.name, bands: $0.bandCount) }
      (fusionStage, fusionWeights) = (model.fusionStage, model.weights)
      lateTraining = model.lateTraining.rawValue
      classes = experiment.classScheme.classCount
      labels = experiment.labels.type.rawValue
      (head, dropout) = (model.chosenHead.rawValue, model.dropouts.first ?? 0)
      (height, width) = (size.height, size.width)
      (batchSize, evaluationBatchSize) = (experiment.training.batchSize, experiment.evaluation.batchSize)
      precision = experiment.precision.rawValue
      optimizer = experiment.training.optimizer.rawValue
      memory = experiment.memory.rawValue
      (learningRate, weightDecay) = (experiment.training.learningRate, experiment.training.weightDecay)
    }
  }

  /// A training step or a batch of an evaluation.
  package struct StepFigures: Sendable {
    package let seconds: Timing
    /// Number of patches of a step.
    package let batch: Int
    /// Operations of a step, counted as direct convolutions, see `LayerCost`.
    package let flops: Int
    package let kinds: [KindFigures]
    package let steady: SteadyFigures

    /// Patches a second, from the median time.
    package var imagesPerSecond: Double { Double(batch) / seconds.median }

    init(_ profile: StepProfile, batch: Int, flops: Int) {
      seconds = profile.timing
      self.batch = batch
      self.flops = flops
      kinds = profile.kinds
      steady = SteadyFigures(profile.counts, steps: profile.timing.all.count)
    }
  }

  /// Counts of the system, summed over all measured steps.
  package struct SteadyFigures: Encodable, Sendable {
    package let steps: Int
    /// Page faults without disk access: hardly any if no memory is allocated.
    package let minorPageFaults: Int
    /// How often a thread waited. More waits than `poolSleeps` are waits for a lock or for a file.
    package let voluntaryContextSwitches: Int
    /// How often the system stopped a thread to run another.
    package let involuntaryContextSwitches: Int
    /// Allocations of memory by all threads; nil if they were not counted.
    package let allocations: Int?
    /// Number of forks and joins of the thread pool.
    package let poolSections: Int
    /// How often a thread of the pool slept, because it had no work or waited for the others.
    package let poolSleeps: Int

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

  /// The exchange of a training step on several ranks, measured on this rank.
  package struct ExchangeFigures: Encodable, Sendable {
    package let ranks: Int
    /// Whether a separate thread sums gradients while other gradients are computed.
    package let isOverlapped: Bool
    /// Seconds in which a step waited for sums and for slower ranks.
    package let waitSeconds: Timing
  }

  /// Median time of a step by kind of work.
  package struct KindFigures: Encodable, Sendable {
    package let kind: String
    package let seconds: Double
  }

  /// One pass of all convolutions of one shape, timed inside the running step.
  package struct KernelFigures: Encodable, Sendable {
    /// "forward", "input gradient", "weight gradient" of training, or "evaluation".
    package let pass: String
    /// "3×3/2"
    package let window: String
    /// `[N, H, W, C]` of the forward pass.
    package let input, output: [Int]
    /// The names of the kernels that compute it, joined by " + ".
    package let kernel: String
    /// Number of calls in a step.
    package let calls: Int
    /// Seconds of one call.
    package let bestSeconds, medianSeconds: Double
    /// Seconds of all calls of a step: the sum of their medians.
    package let stepSeconds: Double
    /// Operations of one call, counted as a direct convolution.
    package let flops: Int

    /// Operations a second of the best call.
    package var rate: Double { Double(flops) / bestSeconds }

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
  package struct OptimizerFigures: Encodable, Sendable {
    package let seconds: Timing
    /// Bytes read and written by an update.
    package let bytes: Int
  }

  /// Reading files and preparing normalised batches.
  package struct DataFigures: Encodable, Sendable {
    /// Whether the files were written for the measurement.
    package let isSynthetic: Bool
    package let patches: Int
    /// How often an epoch of the benchmark reads each patch.
    package let passes: Int
    /// "256×256"
    package let size: String
    package let workers: Int
    /// Seconds of the first pass over all patches. It reads from the disk what the system has not cached, and compares the
    /// checksums of a pack.
    package let firstPassSeconds: Double
    /// Seconds of an epoch: all passes over all patches.
    package let epochSeconds: Timing

    /// From the median time of an epoch.
    package var patchesPerSecond: Double { rate(epochSeconds.median) }

    package var bestPatchesPerSecond: Double { rate(epochSeconds.best) }

    package var firstPatchesPerSecond: Double { Double(patches) / firstPassSeconds }

    private func rate(_ seconds: Double) -> Double { Double(passes * patches) / seconds }
  }
}

/// Times of the same work done several times, in seconds.
package struct Timing: Equatable, Encodable, Sendable {
  package let best, median: Double
  /// In the order in which they were measured.
  package let all: [Double]

  init(_ all: [Double]) {
    precondition(!all.isEmpty, "a timing needs at least one measurement")
    self.all = all
    best = all.min()!
    median = Self.median(all)
  }

  /// The middle value, or the mean of the two in the middle.
  static func median(_ values: [Double]) -> Double {
    let sorted = values.sorted()
    return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
  }
}
