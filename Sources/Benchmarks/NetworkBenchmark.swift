import Basics
import Experiments
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
  private let batches: BenchmarkBatches
  private let communicator: any Communicator
  /// The exchange with other processes in the measured steps; nil in a process that works alone.
  private(set) var exchange: BenchmarkResult.ExchangeFigures?
  /// The planned memory of the process while programs run; nil without any program.
  let memory: MemoryEstimate?
  /// Bytes of the programs on an accelerator; nil on the CPU, and without any program.
  let deviceBytes: Int?

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
    let hasPrograms = parts.trains || parts.evaluates
    memory =
      hasPrograms ? MemoryEstimate(experiment, size: size, request, executor.plan, use: .benchmark) : nil
    deviceBytes =
      hasPrograms && device.model != nil
      ? executor.plan.parts.reduce(0) { $0 + ($1.place == .device ? $1.bytes : 0) } : nil
    // The device's threads have touched the pages already, so each page lies in the memory near its thread.
    try executor.state.initialise(seed: experiment.training.seed)
    if parts.trains { try executor.share() }
    batches = try BenchmarkBatches(
      experiment, size: size,
      largest: max(request.training.keys.max() ?? 0, request.inference.keys.max() ?? 0), device.batchForm)
  }

  /// Measures whole training steps.
  /// - Throws: `InputError` (numerics) when the loss is no longer finite, because computing with
  ///   such numbers takes another time.
  func trainingSteps(_ repeats: Int, _ progress: ProgressReporter) throws -> StepProfile {
    let (own, rank, ranks) = (experiment.training.batchSize, communicator.rank, communicator.size)
    let executor = executor
    let batch = batches.batch(own)
    var numbers = StepNumbers(
      0, learningRate: Float(experiment.training.learningRate), samples: ranks * own, before: rank * own)
    var waited: [Double] = []
    waited.reserveCapacity(Benchmark.warmUps + repeats)
    var isFinite = true
    func take(_ result: StepResult?) -> Bool {
      if let result, !result.losses.allSatisfy(\.isFinite) { isFinite = false }
      return result != nil
    }
    let run = StepProfile.Run(pass: .training, batch: own) {
      let before = executor.exchangeSeconds
      let hasResult = take(try executor.train(batch, numbers))
      waited.append(executor.exchangeSeconds - before)
      numbers.number += 1
      return hasResult
    } finish: {
      _ = take(try executor.finish())
    }
    let profile = try StepProfile.measure(run, of: executor, meter: meter, repeats: repeats, progress)
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
    let batch = batches.batch(experiment.evaluation.batchSize)
    let run = StepProfile.Run(pass: .inference, batch: batch.count) { [executor] in
      _ = try executor.predict(batch)
      return true
    } finish: {
    }
    return try StepProfile.measure(run, of: executor, meter: meter, repeats: repeats, progress)
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
