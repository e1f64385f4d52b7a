import Basics
import CPUEngine
import Cluster
import Experiments
import Metrics
import Networks
import Presentation
import Training

/// The programs of an experiment on random images, as a training would run them.
final class NetworkBenchmark {
  private let experiment: Experiment
  private let meter: StepMeter
  private let store: ParameterStore
  private let optimizer: Optimizer?
  private let training: CPUExecutor?
  private let inference: CPUExecutor?
  /// What the executors read.
  private let images: [AlignedBuffer<Float>]
  private let targets: AlignedBuffer<Float>
  /// What training steps exchange with other processes; nil in one that is alone.
  private let sums: GradientSums?
  /// What came of it in the measured steps.
  private(set) var exchange: BenchmarkResult.ExchangeFigures?
  private let ranks: Int
  /// Of the process while programs run; nil without any.
  let memory: MemoryEstimate?

  /// - Parameters:
  ///   - size: height and width of the images.
  ///   - kernels: a path that the processor has.
  ///   - trains, evaluates, optimizes: what will be asked for; memory is taken for that alone.
  ///   - communicator: of the processes that take training steps together.
  ///   - allocations: of the process so far; nil if nobody counts them.
  /// - Throws: `InputError` (environment) when there is too little memory.
  init(
    _ experiment: Experiment, size: PatchSize, kernels: KernelPath, pool: ThreadPool, trains: Bool,
    evaluates: Bool, optimizes: Bool, communicator: any Communicator, allocations: (() -> Int)?
  ) throws {
    self.experiment = experiment
    ranks = communicator.size
    sums =
      ranks == 1
      ? nil
      : try GradientSums(
        communicator, synchronisesBatchNorm: true,
        spareCores: UsableCores.current().count - pool.threads)
    let own = experiment.training.batchSize
    sums?.prepare(samples: ranks * own, before: communicator.rank * own)
    meter = StepMeter(pool: pool, allocations: allocations)
    let training = trains ? experiment.trainingProgram(size, kernels) : nil
    let inference = evaluates ? experiment.inferenceProgram(size, kernels) : nil
    memory =
      trains || evaluates
      ? MemoryEstimate(
        experiment, size: size, threads: pool.threads, inference: inference, training: training,
        use: .benchmark) : nil
    let network = experiment.network
    let graph = network.graph(batch: 1, height: size.height, width: size.width)
    let store = try ParameterStore(for: graph)
    let workspace = try CPUWorkspace(for: [training, inference].compactMap { $0 }, threads: pool.threads)
    func executor(_ program: CPUProgram?) throws -> CPUExecutor? {
      try program.map { try CPUExecutor($0, store: store, pool: pool, workspace: workspace) }
    }
    self.store = store
    self.training = try executor(training)
    self.inference = try executor(inference)
    // The threads of the pool have made the pages.
    store.initialise(seed: experiment.training.seed)
    if trains || optimizes {
      if experiment.memory == .balanced { try store.makeGradients() }
      optimizer = try Optimizer(experiment.optimizerRule, store: store, pool: pool)
    } else {
      optimizer = nil
    }
    let batch = max(
      trains ? experiment.training.batchSize : 0, evaluates ? experiment.evaluation.batchSize : 0)
    var random = RandomStream(seed: experiment.training.seed)
    images = try network.sensors.map { sensor in
      let buffer = try AlignedBuffer<Float>(count: batch * size.pixels * sensor.bands)
      for i in 0..<buffer.count { buffer.pointer[i] = Float(2 * random.uniform() - 1) }
      return buffer
    }
    targets = try AlignedBuffer(count: batch * network.classes)
    Self.fill(targets, classes: network.classes, task: experiment.labels.type, &random)
    for executor in [self.training, self.inference] {
      for (sensor, image) in zip(network.sensors, images) { executor?.bind(sensor.name, to: image.pointer) }
    }
    self.training?.bind(Graph.targets, to: targets.pointer)
  }

  /// Random truth: some classes of each sample, or exactly one.
  private static func fill(
    _ targets: AlignedBuffer<Float>, classes: Int, task: ClassificationTask, _ random: inout RandomStream
  ) {
    for i in 0..<targets.count {
      targets.pointer[i] = task == .multi && random.uniform() < 0.3 ? 1 : 0
    }
    guard task == .single else { return }
    for first in stride(from: 0, to: targets.count, by: classes) {
      targets.pointer[first + Int.random(in: 0..<classes, using: &random)] = 1
    }
  }

  /// Whole training steps.
  /// - Throws: `InputError` (numerics) when the loss is no longer finite: such numbers take another time.
  func trainingSteps(_ repeats: Int, _ progress: ProgressReporter) throws -> StepProfile {
    guard let training, let optimizer else { preconditionFailure("the benchmark was not made for training") }
    var step = 0
    var waited: [Double] = []
    waited.reserveCapacity(Benchmark.warmUps + repeats)
    let profile = try StepProfile.measure(
      training.program, meter: meter, repeats: repeats, patches: experiment.training.batchSize,
      label: "training steps", progress
    ) { observe in
      let before = sums?.waitSeconds ?? 0
      training.run(step: step, updating: optimizer, reducing: sums, observing: observe)
      waited.append((sums?.waitSeconds ?? 0) - before)
      step += 1
    }
    exchange = sums.map {
      .init(
        ranks: ranks, isOverlapped: $0.isOverlapped,
        waitSeconds: Timing(Array(waited.dropFirst(Benchmark.warmUps))))
    }
    guard training.lossValues.allSatisfy(\.isFinite) else {
      throw InputError(
        .numerics, "bench", "the loss on random images is no longer finite",
        remedy: "lower training.learning_rate, or choose a larger batch or larger patches")
    }
    return profile
  }

  /// Batches of an evaluation.
  func evaluations(_ repeats: Int, _ progress: ProgressReporter) throws -> StepProfile {
    guard let inference else { preconditionFailure("the benchmark was not made for evaluation") }
    return try StepProfile.measure(
      inference.program, meter: meter, repeats: repeats, patches: experiment.evaluation.batchSize,
      label: "evaluations", progress
    ) { inference.run(observing: $0) }
  }

  /// Updates of all parameters.
  /// - Throws: `InputError` (environment) when there is too little memory.
  func updates(_ repeats: Int) throws -> BenchmarkResult.OptimizerFigures {
    guard let optimizer else { preconditionFailure("the benchmark was not made for the optimizer") }
    let largest = store.parameters.map(\.count).max() ?? 0
    // Where memory is to be low, no more than one gradient is there at a time.
    let gradient = try experiment.memory == .low ? AlignedBuffer<Float>(count: largest) : nil
    var times: [Double] = []
    for turn in 0..<Benchmark.warmUps + repeats {
      let start = ContinuousClock.now
      if let gradient { optimizer.step(repeating: gradient.pointer) } else { optimizer.step() }
      if turn >= Benchmark.warmUps { times.append((ContinuousClock.now - start) / .seconds(1)) }
    }
    return .init(
      seconds: Timing(times), bytes: Optimizer.updateBytes(experiment.optimizerRule, count: store.count))
  }
}
