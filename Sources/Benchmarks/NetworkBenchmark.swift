import Basics
import Experiments
import Metrics
import Networks
import Presentation
import Training

/// The network of an experiment on random images, as a training would run it.
final class NetworkBenchmark {
  /// The parts that will be measured. Only their memory is reserved.
  struct Parts {
    let trains, evaluates, optimizes: Bool
  }

  private let experiment: Experiment
  private let meter: StepMeter
  private let executor: any Executor
  /// The memory that batches point to.
  private let images: [AlignedBuffer<Float>]
  private let targets: AlignedBuffer<Float>
  private let communicator: any Communicator
  /// The exchange with other processes in the measured steps; nil in a process that works alone.
  private(set) var exchange: BenchmarkResult.ExchangeFigures?
  /// The planned memory of the process while programs run; nil without any program.
  let memory: MemoryEstimate?

  /// - Parameters:
  ///   - size: height and width of the images.
  ///   - communicator: connects the processes that take training steps together.
  ///   - allocations: returns the number of allocations so far; nil if they are not counted.
  /// - Throws: `InputError` (environment) when there is too little memory.
  init(
    _ experiment: Experiment, size: PatchSize, _ parts: Parts, on device: any Device,
    communicator: any Communicator, allocations: (() -> Int)?
  ) throws {
    self.experiment = experiment
    self.communicator = communicator
    meter = StepMeter(device: device, allocations: allocations)
    var request = experiment.largestRequest(
      size, trains: parts.trains, evaluates: parts.evaluates, use: .benchmark)
    request.synchronisesBatchNorm = true
    request.rule = parts.trains || parts.optimizes ? experiment.optimizerRule : nil
    executor = try device.executor(request, ranks: communicator)
    memory =
      parts.trains || parts.evaluates
      ? MemoryEstimate(experiment, size: size, request, executor.plan, use: .benchmark) : nil
    // The device's threads have touched the pages already, so each page lies in the memory near its thread.
    try executor.state.initialise(seed: experiment.training.seed)
    if parts.trains { try executor.share() }
    let batch = max(request.training.keys.max() ?? 0, request.inference.keys.max() ?? 0)
    let network = experiment.network
    var random = RandomStream(seed: experiment.training.seed)
    images = try network.sensors.map { sensor in
      let buffer = try AlignedBuffer<Float>(count: batch * size.pixels * sensor.bands)
      for i in 0..<buffer.count { buffer.pointer[i] = Float(2 * random.uniform() - 1) }
      return buffer
    }
    targets = try AlignedBuffer(count: batch * network.head.classes)
    Self.fill(targets, classes: network.head.classes, task: experiment.labels.type, &random)
  }

  /// A batch of the first `count` images, which are normalised.
  private func batch(_ count: Int) -> NetworkBatch {
    NetworkBatch(
      count: count,
      inputs: zip(experiment.network.sensors, images).map { ($0.name, .floats(UnsafePointer($1.pointer))) },
      targets: targets.pointer)
  }

  /// Fills random targets: some classes for each sample, or exactly one.
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

  /// Measures whole training steps.
  /// - Throws: `InputError` (numerics) when the loss is no longer finite, because computing with
  ///   such numbers takes another time.
  func trainingSteps(_ repeats: Int, _ progress: ProgressReporter) throws -> StepProfile {
    let (own, rank, ranks) = (experiment.training.batchSize, communicator.rank, communicator.size)
    let batch = batch(own)
    var numbers = StepNumbers(
      0, learningRate: Float(experiment.training.learningRate), samples: ranks * own, before: rank * own)
    var waited: [Double] = []
    waited.reserveCapacity(Benchmark.warmUps + repeats)
    var isFinite = true
    let profile = try StepProfile.measure(
      .training, of: executor, batch: own, meter: meter, repeats: repeats, progress
    ) {
      let before = executor.exchangeSeconds
      let result = try executor.train(batch, numbers) ?? executor.finish()
      if let result { isFinite = result.losses.allSatisfy { $0.isFinite } }
      waited.append(executor.exchangeSeconds - before)
      numbers.number += 1
    }
    exchange =
      ranks == 1
      ? nil
      : .init(
        ranks: ranks, isOverlapped: executor.overlapsExchange,
        waitSeconds: Timing(Array(waited.dropFirst(Benchmark.warmUps))))
    guard isFinite else {
      throw InputError(
        .numerics, "bench", "the loss on random images is no longer finite",
        remedy: "lower training.learning_rate, or choose a larger batch or larger patches")
    }
    return profile
  }

  /// Measures batches of an evaluation.
  func evaluations(_ repeats: Int, _ progress: ProgressReporter) throws -> StepProfile {
    let batch = batch(experiment.evaluation.batchSize)
    return try StepProfile.measure(
      .inference, of: executor, batch: batch.count, meter: meter, repeats: repeats, progress
    ) { _ = try executor.predict(batch) }
  }

  /// Measures updates of all parameters.
  /// - Throws: `InputError` (environment) when there is too little memory.
  func updates(_ repeats: Int) throws -> BenchmarkResult.OptimizerFigures {
    let numbers = StepNumbers(0, learningRate: Float(experiment.training.learningRate), samples: 1)
    var times: [Double] = []
    for turn in 0..<Benchmark.warmUps + repeats {
      let start = ContinuousClock.now
      try executor.update(numbers)
      if turn >= Benchmark.warmUps { times.append((ContinuousClock.now - start) / .seconds(1)) }
    }
    let bytes = experiment.optimizerRule.updateBytes(count: executor.state.parameterCount)
    return .init(seconds: Timing(times), bytes: bytes)
  }
}
