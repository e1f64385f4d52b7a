import Basics
import Networks

/// A network on the CPU: one program for each batch size. All programs share one workspace and the network's
/// parameters, statistics and optimizer state.
final class CPUNetwork: Executor {
  private(set) var plan: ExecutionPlan
  var state: any NetworkState { numbers }
  var observer: ((_ instruction: Int, _ seconds: Double) -> Void)?
  let notes: [String] = []
  let observerCostsTime = false

  let numbers: CPUState
  private let device: CPUDevice
  private let pool: ThreadPool
  private let ranks: any Communicator
  private let synchronisesBatchNorm: Bool
  private(set) var workspace: CPUWorkspace?
  private var training: [Int: CPUExecutor] = [:]
  private var inference: [Int: CPUExecutor] = [:]
  /// Sums over the ranks, from `share` on; nil for one rank.
  private var sums: GradientSums?
  /// The gradient that `update` reads in memory mode `low`: as long as the largest parameter.
  private var gradient: AlignedBuffer<Float>?

  /// - Throws: `InputError` (environment) when memory or threads are short.
  init(_ plan: CPUPlan, ranks: any Communicator) throws {
    self.ranks = ranks
    device = plan.device
    pool = try plan.device.pool
    synchronisesBatchNorm = plan.request.synchronisesBatchNorm
    self.plan = plan.execution
    numbers = try CPUState(plan, pool: pool)
    try makeExecutors(plan)
  }

  func prepare(_ request: NetworkRequest) throws {
    precondition(
      request.parameters == numbers.parameters && request.statistics == numbers.statistics,
      "programs of another network cannot use these numbers")
    (training, inference, workspace) = ([:], [:], nil)
    let plan = CPUPlan(request, device: device)
    self.plan = plan.execution
    try makeExecutors(plan)
  }

  private func makeExecutors(_ plan: CPUPlan) throws {
    let workspace = try CPUWorkspace(for: plan.programs, threads: pool.threads)
    self.workspace = workspace
    func executors(_ programs: [Int: CPUProgram]) throws -> [Int: CPUExecutor] {
      try programs.mapValues {
        try CPUExecutor(
          $0, store: numbers.store, pool: pool, workspace: workspace, seed: plan.request.seed)
      }
    }
    training = try executors(plan.training)
    inference = try executors(plan.inference)
  }

  func share() throws {
    guard ranks.size > 1 else { return }
    numbers.share(among: ranks)
    sums = try GradientSums(
      ranks, synchronisesBatchNorm: synchronisesBatchNorm, spareCores: device.spareCores)
  }

  func shareStatistics() {
    if ranks.size > 1 { numbers.shareStatistics(among: ranks) }
  }

  func train(_ batch: NetworkBatch, _ step: StepNumbers) -> StepResult? {
    precondition(ranks.size == 1 || sums != nil, "the ranks share the network before their first step")
    let executor = bound(training, batch)
    guard let targets = batch.targets else { preconditionFailure("a training batch has targets") }
    executor.bind(Graph.targets, to: targets)
    sums?.prepare(samples: step.samples, before: step.samplesBefore)
    numbers.optimizer?.learningRate = step.learningRate
    executor.run(step: step.number, updating: numbers.optimizer, reducing: sums, observing: observer)
    return StepResult(number: step.number, losses: executor.lossValues, outputs: executor.outputs)
  }

  /// nil: `train` returns every result itself.
  func finish() -> StepResult? { nil }

  func predict(_ batch: NetworkBatch) -> [String: UnsafeBufferPointer<Float>] {
    let executor = bound(inference, batch)
    executor.run(observing: observer)
    return executor.outputs
  }

  func update(_ step: StepNumbers) throws {
    guard let optimizer = numbers.optimizer else { preconditionFailure("the request had no optimizer") }
    optimizer.learningRate = step.learningRate
    guard numbers.store.gradients == nil else { return optimizer.step() }
    let largest = numbers.parameters.map(\.count).max() ?? 0
    let gradient = try gradient ?? AlignedBuffer<Float>(count: largest)
    self.gradient = gradient
    optimizer.step(repeating: gradient.pointer)
  }

  var exchangeSeconds: Double { sums?.waitSeconds ?? 0 }
  var overlapsExchange: Bool { sums?.isOverlapped ?? false }

  func work(of pass: NetworkPass, batch: Int) -> [InstructionWork] {
    let executors =
      switch pass {
      case .training: training
      case .inference: inference
      }
    return executor(executors, batch).program.work
  }

  private func executor(_ executors: [Int: CPUExecutor], _ batch: Int) -> CPUExecutor {
    guard let executor = executors[batch] else {
      preconditionFailure("no program was made for a batch of \(batch)")
    }
    return executor
  }

  private func bound(_ executors: [Int: CPUExecutor], _ batch: NetworkBatch) -> CPUExecutor {
    let executor = executor(executors, batch.count)
    for (name, images) in batch.inputs {
      guard case .floats(let images) = images else {
        preconditionFailure("the CPU takes floats, and \(name) has raw samples")
      }
      executor.bind(name, to: images)
    }
    return executor
  }
}

extension CPUNetwork {
  /// Bytes that are reserved, by purpose: counted from the buffers, not from the plan.
  var reserved: [ExecutionPlan.Purpose: Int] {
    numbers.reserved.merging([
      .activations: 4 * (workspace?.arena.count ?? 0), .scratch: 4 * (workspace?.scratch.count ?? 0),
    ]) { $1 }
  }
}
