import Basics
import CCUDA
import Networks

/// A network on a GPU: one program for each batch size, in one arena, and the network's numbers.
///
/// The GPU computes a step while the next one is prepared, so results come one step late.
final class CUDANetwork: Executor {
  private(set) var plan: ExecutionPlan
  var state: any NetworkState { numbers }
  var observer: ((_ instruction: Int, _ seconds: Double) -> Void)?
  private(set) var notes: [String] = []
  let observerCostsTime = true
  let exchangeSeconds = 0.0
  let overlapsExchange = false

  private let device: CUDADevice
  private let stream: CUDAStream
  private let numbers: CUDAState
  private let gradients: DeviceMemory?
  /// The parameters in the type that convolutions multiply; nil where that is float32.
  private let shortParameters: DeviceMemory?
  private let scaling: LossScaling?
  private let control: CUDAControl
  private let update: OptimizerLaunch?
  private let clock: StepClock
  private let seed: UInt64
  private let type: ConvolutionType
  /// nil without programs, see `prepare`.
  private var loaded: Programs?
  /// The step that is being computed; nil when none is.
  private var pending: StepSlot.Pending?

  /// Programs of a request with their memory.
  private struct Programs {
    let arena, inputs, workspace: DeviceMemory
    let input: InputPath
    let training, inference: [Int: LoadedProgram]
    let slots: [StepSlot]
  }

  /// - Throws: `InputError` (environment) when memory is short, or a kernel or convolution is not available.
  init(_ plan: CUDAPlan, _ device: CUDADevice) throws {
    self.device = device
    self.plan = plan.execution
    stream = device.stream
    (seed, type) = (plan.request.seed, plan.type)
    numbers = try CUDAState(plan, stream, device.kernels)
    gradients =
      plan.hasGradients ? try DeviceMemory(4 * plan.layout.count, on: stream.context, for: "gradients") : nil
    // The optimizer reads the gaps between parameters too.
    if let gradients {
      try stream.fill(gradients.bytes, at: gradients.address, with: 0, "clearing gradients")
      try stream.synchronise("clearing gradients")
    }
    shortParameters =
      plan.shortParameters > 0
      ? try DeviceMemory(plan.shortParameters, on: stream.context, for: "weights of convolutions") : nil
    control = try CUDAControl(plan.request, on: stream.context)
    scaling = plan.scalesLoss ? try LossScaling(numbers, control, stream) : nil
    update = try plan.request.rule.map { [numbers, control, gradients] in
      try OptimizerLaunch(
        $0, plan.request.updates, numbers.arrays, gradients!.address, control, scalesLoss: plan.scalesLoss,
        device)
    }
    clock = try StepClock(on: stream.context)
    loaded = try Self.load(plan, device, numbers, (gradients, shortParameters), control)
  }

  // Memory may be given back when nothing uses it.
  deinit {
    try? stream.context.makeCurrent()
    try? stream.synchronise("a step")
  }

  private var programs: Programs {
    guard let loaded else { preconditionFailure("the executor has no program since 'prepare' has failed") }
    return loaded
  }

  func prepare(_ request: NetworkRequest) throws {
    precondition(
      request.parameters == numbers.parameters && request.statistics == numbers.statistics,
      "programs of another network cannot use these numbers")
    let plan = try device.cudaPlan(request)
    precondition(plan.type == type, "programs of another precision need other memory")
    // The memory of the old programs is given back before the new ones take theirs.
    loaded = nil
    self.plan = plan.execution
    loaded = try Self.load(plan, device, numbers, (gradients, shortParameters), control)
  }

  private static func load(
    _ plan: CUDAPlan, _ device: CUDADevice, _ numbers: CUDAState,
    _ memory: (gradients: DeviceMemory?, shortParameters: DeviceMemory?), _ control: CUDAControl
  ) throws -> Programs {
    let context = device.stream.context
    let arena = try DeviceMemory(plan.arena, on: context, for: "activations")
    let inputs = try DeviceMemory(plan.inputs, on: context, for: "images")
    let workspace = try DeviceMemory(plan.workspace, on: context, for: "the workspace of convolutions")
    let input = try InputPath(plan.batches, copies: device.copies)
    let places = LoadedProgram.Memory(
      arena: arena.address, inputs: inputs.address, workspace: workspace.address, arrays: numbers.arrays,
      gradients: memory.gradients?.address ?? 0, shortParameters: memory.shortParameters?.address ?? 0,
      control: control, input: input, isChecked: device.options.checksMemory)
    func loaded(_ programs: [Int: CUDAProgram]) throws -> [Int: LoadedProgram] {
      try programs.mapValues {
        try LoadedProgram($0, places, batches: plan.layout(of: $0), kernels: device.kernels) {
          try device.plan(of: $0, like: plan.engines?.engine(of: $0))
        }
      }
    }
    return try Programs(
      arena: arena, inputs: inputs, workspace: workspace, input: input, training: loaded(plan.training),
      inference: loaded(plan.inference),
      slots: (0..<StepSlot.count).map { _ in try StepSlot(plan, device.stream) })
  }

  /// The gradient of a parameter after the last step, in PyTorch's layout.
  func gradient(of parameter: Int) throws -> [Float] {
    guard let gradients else { preconditionFailure("the request had no training") }
    let scale = try scaling?.scaleOfGradients() ?? 1
    return try numbers.read(gradients, parameter).map { $0 / scale }
  }

  /// A GPU works alone so far, and has nothing to share.
  func share() throws {}
  func shareStatistics() throws {}

  func train(_ batch: NetworkBatch, _ step: StepNumbers) throws -> StepResult? {
    try stream.context.makeCurrent()
    try scaling?.send()
    let program = program(programs.training, batch.count)
    let before = pending
    let slot = programs.slots[before.map { $0.slot === programs.slots[0] ? 1 : 0 } ?? 0]
    var table = update?.table(numbers.steps) ?? StepTable()
    (table.step, table.seed) = (UInt64(step.number), seed)
    table.samplesBefore = UInt64(step.samplesBefore)
    table.share = 1 / Double(step.samples)
    table.learningRate = step.learningRate
    try slot.send(table, to: control, in: stream)
    try programs.input.send(batch, to: program.feed, in: stream) { try clock.begin(in: stream) }
    try run(program, then: update)
    try countStep()
    pending = try slot.receive(program, control, step.number, in: stream)
    try clock.end(in: stream)
    return try before.map { try result(of: $0, later: 1) }
  }

  func finish() throws -> StepResult? {
    defer {
      pending = nil
      clock.pause()
    }
    return try pending.map { try result(of: $0, later: 0) }
  }

  /// Counts the step that has been queued. With a scale of the loss the GPU counts, and says so with the result.
  private func countStep() throws {
    if let scaling { try scaling.receive() } else if update != nil { numbers.countStep() }
  }

  /// - Parameter later: number of steps that were begun after this one.
  private func result(of step: StepSlot.Pending, later: Int) throws -> StepResult {
    let result = try step.result { try clock.idleSeconds(later: later) }
    scaling?.take()
    return result
  }

  func predict(_ batch: NetworkBatch) throws -> [String: UnsafeBufferPointer<Float>] {
    precondition(pending == nil, "the last step is finished before a prediction")
    try stream.context.makeCurrent()
    let program = program(programs.inference, batch.count)
    let slot = programs.slots[0]
    try programs.input.send(batch, to: program.feed, in: stream)
    try run(program)
    return try slot.receive(program, control, 0, in: stream).result().outputs
  }

  func update(_ step: StepNumbers) throws {
    guard let update else { preconditionFailure("the request had no optimizer") }
    try stream.context.makeCurrent()
    try scaling?.send()
    var table = update.table(numbers.steps)
    table.learningRate = step.learningRate
    table.scale = numbers.lossScale?.scale ?? 1
    try programs.slots[0].send(table, to: control, in: stream)
    try update.run(in: stream)
    try countStep()
    try stream.synchronise("an update")
    scaling?.take()
  }

  func work(of pass: NetworkPass, batch: Int) -> [InstructionWork] {
    let loaded =
      switch pass {
      case .training: programs.training
      case .inference: programs.inference
      }
    return program(loaded, batch).program.work
  }

  /// Queues a program and an update: by one launch of a graph, except the first time and where it cannot be captured.
  private func run(_ program: LoadedProgram, then update: OptimizerLaunch? = nil) throws {
    func queue() throws {
      try program.run(in: stream)
      try update?.run(in: stream)
    }
    if let observer {
      try measure(program, observer)
      try update?.run(in: stream)
    } else if device.options.usesGraphs {
      if let reason = try program.graph.run(in: stream, queue) { tellRefusal(reason) }
    } else {
      try queue()
    }
    try program.check?.requireUntouchedGaps(in: stream)
  }

  /// Notes that there is no graph. The first reason is enough: further programs have the same convolutions.
  private func tellRefusal(_ reason: String) {
    guard notes.isEmpty else { return }
    notes.append(
      "steps run without a CUDA graph, with the same numbers and perhaps more slowly: \(reason)")
  }

  /// Runs a program and waits for each instruction, so that its time can be told.
  private func measure(_ program: LoadedProgram, _ observer: @escaping (Int, Double) -> Void) throws {
    try stream.synchronise("a step")
    var start = ContinuousClock.now
    try program.run(in: stream) { [stream] index in
      try stream.synchronise("a step")
      let end = ContinuousClock.now
      observer(index, (end - start) / .seconds(1))
      start = end
    }
  }

  private func program(_ programs: [Int: LoadedProgram], _ batch: Int) -> LoadedProgram {
    guard let program = programs[batch] else {
      preconditionFailure("no program was made for a batch of \(batch)")
    }
    return program
  }
}
