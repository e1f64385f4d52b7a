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
  let exchangeSeconds = 0.0
  let overlapsExchange = false

  private let device: CUDADevice
  private let stream: CUDAStream
  private let numbers: CUDAState
  private let gradients: DeviceMemory?
  private let control: CUDAControl
  private let update: OptimizerLaunch?
  private let seed: UInt64
  private var programs: Programs
  /// The step that is being computed; nil when none is.
  private var pending: StepSlot.Pending?

  /// Programs of a request with their memory.
  private struct Programs {
    let arena, inputs, workspace: DeviceMemory
    let training, inference: [Int: LoadedProgram]
    /// Two slots: the host fills one while the GPU reads the other.
    let slots: [StepSlot]
  }

  /// - Throws: `InputError` (environment) when memory is short, or a kernel or convolution is not available.
  init(_ plan: CUDAPlan, _ device: CUDADevice) throws {
    self.device = device
    self.plan = plan.execution
    stream = device.stream
    seed = plan.request.seed
    numbers = try CUDAState(plan, stream, device.kernels)
    gradients =
      plan.hasGradients ? try DeviceMemory(4 * plan.layout.count, on: stream.context, for: "gradients") : nil
    // The optimizer reads the gaps between parameters too.
    if let gradients {
      try stream.fill(gradients.bytes, at: gradients.address, with: 0, "clearing gradients")
      try stream.synchronise("clearing gradients")
    }
    control = try CUDAControl(plan.request, on: stream.context)
    update = try plan.request.rule.map { [numbers, control, gradients] in
      try OptimizerLaunch($0, plan.request.updates, numbers.arrays, gradients!.address, control, device)
    }
    programs = try Self.load(plan, device, numbers, gradients, control)
  }

  func prepare(_ request: NetworkRequest) throws {
    precondition(
      request.parameters == numbers.parameters && request.statistics == numbers.statistics,
      "programs of another network cannot use these numbers")
    let plan = try device.cudaPlan(request)
    programs = Programs(
      arena: programs.arena, inputs: programs.inputs, workspace: programs.workspace, training: [:],
      inference: [:],
      slots: [])
    self.plan = plan.execution
    programs = try Self.load(plan, device, numbers, gradients, control)
  }

  private static func load(
    _ plan: CUDAPlan, _ device: CUDADevice, _ numbers: CUDAState, _ gradients: DeviceMemory?,
    _ control: CUDAControl
  ) throws -> Programs {
    let context = device.stream.context
    let arena = try DeviceMemory(plan.arena, on: context, for: "activations")
    let inputs = try DeviceMemory(plan.inputs, on: context, for: "images")
    let workspace = try DeviceMemory(plan.workspace, on: context, for: "the workspace of convolutions")
    let memory = LoadedProgram.Memory(
      arena: arena.address, inputs: inputs.address, workspace: workspace.address, arrays: numbers.arrays,
      gradients: gradients?.address ?? 0, control: control)
    func loaded(_ programs: [Int: CUDAProgram]) throws -> [Int: LoadedProgram] {
      try programs.mapValues {
        try LoadedProgram($0, memory, kernels: device.kernels) { try device.plan(of: $0) }
      }
    }
    return try Programs(
      arena: arena, inputs: inputs, workspace: workspace, training: loaded(plan.training),
      inference: loaded(plan.inference),
      slots: (0..<2).map { _ in try StepSlot(plan, device.stream) })
  }

  /// The gradient of a parameter after the last step, in PyTorch's layout.
  func gradient(of parameter: Int) throws -> [Float] {
    guard let gradients else { preconditionFailure("the request had no training") }
    return try numbers.read(gradients, parameter)
  }

  /// A GPU works alone so far, and has nothing to share.
  func share() throws {}
  func shareStatistics() throws {}

  func train(_ batch: NetworkBatch, _ step: StepNumbers) throws -> StepResult? {
    try stream.context.makeCurrent()
    let program = program(programs.training, batch.count)
    let before = pending
    let slot = programs.slots[before.map { $0.slot === programs.slots[0] ? 1 : 0 } ?? 0]
    guard let targets = batch.targets else { preconditionFailure("a training batch has targets") }
    var table = update?.table(numbers.steps) ?? StepTable()
    (table.step, table.seed) = (UInt64(step.number), seed)
    table.samplesBefore = UInt64(step.samplesBefore)
    table.share = 1 / Double(step.samples)
    table.learningRate = step.learningRate
    try slot.send(table, to: control, in: stream)
    try slot.send(batch.inputs + [(Graph.targets, .floats(targets))], program, in: stream)
    try run(program)
    try update?.run(in: stream)
    if update != nil { numbers.countStep() }
    pending = try slot.receive(program, control, step.number, in: stream)
    return try before?.result()
  }

  func finish() throws -> StepResult? {
    defer { pending = nil }
    return try pending?.result()
  }

  func predict(_ batch: NetworkBatch) throws -> [String: UnsafeBufferPointer<Float>] {
    precondition(pending == nil, "the last step is finished before a prediction")
    try stream.context.makeCurrent()
    let program = program(programs.inference, batch.count)
    let slot = programs.slots[0]
    try slot.send(batch.inputs, program, in: stream)
    try run(program)
    return try slot.receive(program, control, 0, in: stream).result().outputs
  }

  func update(_ step: StepNumbers) throws {
    guard let update else { preconditionFailure("the request had no optimizer") }
    try stream.context.makeCurrent()
    var table = update.table(numbers.steps)
    table.learningRate = step.learningRate
    try programs.slots[0].send(table, to: control, in: stream)
    try update.run(in: stream)
    numbers.countStep()
    try stream.synchronise("an update")
  }

  func work(of pass: NetworkPass, batch: Int) -> [InstructionWork] {
    let loaded =
      switch pass {
      case .training: programs.training
      case .inference: programs.inference
      }
    return program(loaded, batch).program.work
  }

  /// Queues a program. With an observer each instruction is waited for, so that its time can be told.
  private func run(_ program: LoadedProgram) throws {
    guard let observer else { return try program.run(in: stream) }
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
