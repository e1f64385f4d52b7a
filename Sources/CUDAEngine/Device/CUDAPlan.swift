import Networks

/// A request on a GPU: its programs and all memory that they need. `CUDANetwork` reserves exactly that memory.
struct CUDAPlan: Sendable {
  let request: NetworkRequest
  let layout: ParameterLayout
  let type: ConvolutionType
  /// Training programs, by batch size.
  var training: [Int: CUDAProgram]
  /// Inference programs, by batch size.
  var inference: [Int: CUDAProgram]
  /// Bytes of the largest workspace that a convolution needs.
  let workspace: Int
  /// Engines of the convolutions; nil for a plan without a device.
  var engines: EngineRecord?
  /// Why cuDNN's engines differ from those that the request asks for; nil where they are the same.
  var change: String?

  /// - Parameters:
  ///   - recomputation: the values that training steps compute again; nil leaves the choice to the request's memory mode.
  ///   - workspace: the workspace of a pass of a convolution, in bytes.
  /// - Throws: what `workspace` throws.
  init(
    _ request: NetworkRequest, recomputing recomputation: Recomputation? = nil,
    workspace: (ConvolutionCall) throws -> Int
  ) rethrows {
    self.request = request
    layout = ParameterLayout(request.parameters, request.statistics)
    let type = ConvolutionType(request.precision)
    self.type = type
    training = request.training.mapValues { step in
      func lower(_ graph: Graph) -> CUDAProgram { graph.loweredForCUDA(.training, type: type) }
      if let recomputation {
        return lower(step.graph.differentiated(step.objectives, recomputing: recomputation))
      }
      return step.graph.step(
        minimising: step.objectives, memory: request.memory, lower: lower, bytes: \.plan.bytes)
    }
    inference = request.inference.mapValues { $0.loweredForCUDA(.inference, type: type) }
    var largest = 0
    for program in training.values.map({ $0 }) + inference.values.map({ $0 }) {
      for call in program.convolutions { largest = max(largest, try workspace(call)) }
    }
    self.workspace = largest
  }

  /// The plan with all buffers apart from each other, see `MemoryCheck`.
  var withBuffersApart: CUDAPlan {
    var plan = self
    plan.training = training.mapValues(\.withBuffersApart)
    plan.inference = inference.mapValues(\.withBuffersApart)
    return plan
  }

  var programs: [CUDAProgram] {
    [training, inference].flatMap { programs in programs.keys.sorted().map { programs[$0]! } }
  }

  /// Bytes of the arena: the largest program's.
  var arena: Int { programs.map(\.plan.bytes).max() ?? 0 }
  /// Bytes of the images and targets of the largest program.
  var inputs: Int { programs.map(\.inputBytes).max() ?? 0 }
  /// Bytes of the largest batch on its way to the GPU.
  var batches: Int { programs.map { layout(of: $0).bytes }.max() ?? 0 }
  /// Bytes of the outputs and losses that come back from the largest program.
  var results: Int { programs.map { $0.resultBytes }.max() ?? 0 }
  /// Whether steps leave gradients, which the optimizer reads.
  var hasGradients: Bool { !training.isEmpty || request.rule != nil }

  /// The places of a program's batches on their way.
  func layout(of program: CUDAProgram) -> BatchLayout {
    BatchLayout(program, stored: request.storedImages)
  }

  /// Bytes of all parameters in the type that convolutions multiply; 0 where that is float32.
  var shortParameters: Int { type.storage == .float32 ? 0 : type.storage.bytes * layout.count }
  /// Whether the loss of training steps is scaled.
  var scalesLoss: Bool { type == .float16 && hasGradients }

  /// Bytes by purpose.
  var parts: [ExecutionPlan.Part] {
    let (values, statistics) = (4 * layout.count, 4 * layout.statisticCount)
    let slots = (request.rule?.slotNames.count ?? 0) * values
    return [
      .init(.device, .activations, bytes: arena + inputs),
      .init(.device, .scratch, bytes: workspace + CUDAControl.bytes(request) + CUDAState.resultBytes),
      .init(.device, .transfers, bytes: batches),
      .init(
        .host, .transfers,
        bytes: InputPath.slotCount * batches + StepSlot.count * StepSlot.bytes(self)
          + CUDANumbers.roomBytes(layout) * (request.keepsSnapshot ? 2 : 1)
          + (scalesLoss ? LossScaling.bytes : 0)),
      .init(.device, .parameters, bytes: values + shortParameters),
      .init(.device, .statistics, bytes: statistics),
      .init(.device, .gradients, bytes: hasGradients ? values : 0),
      .init(.device, .optimizerState, bytes: slots),
      .init(.device, .snapshot, bytes: request.keepsSnapshot ? values + statistics + slots : 0),
    ]
  }

  /// Bytes of the GPU that are taken besides `parts`. The driver takes `context` when a process opens the GPU. Libraries take
  /// `libraries` when networks run.
  ///
  /// On an H200 with driver 580 it was 552 MB when the GPU was opened. All convolutions of a ResNet101 took up to 42 MB more
  /// (docs/gpu). The rest is room for kernels and captured graphs.
  static let overhead = (context: 552_000_000, libraries: 100_000_000)

  /// The plan in the form that is the same for every device.
  var execution: ExecutionPlan {
    let step = training.max { $0.key < $1.key }?.value
    var plan = ExecutionPlan(
      parts: parts, step: step?.graph, keptBytes: step?.keptBytes ?? [:], isTimeReliable: false)
    plan.copiedBytes = step?.copiedBytes ?? [:]
    plan.choices = engines.map { DeviceChoices(text: $0.text, change: change) }
    return plan
  }
}

extension CUDAProgram {
  /// Passes of convolutions, in the order in which they run.
  var convolutions: [ConvolutionCall] {
    instructions.compactMap { if case .convolution(let call) = $0 { call } else { nil } }
  }

  /// The inputs with their buffers, in the order of buffers.
  var inputs: [(name: String, buffer: BufferID)] {
    buffers.enumerated().compactMap { index, buffer in
      buffer.input.map { ($0, BufferID(index: index)) }
    }
  }

  /// Bytes of all inputs, each from a multiple of the alignment on.
  var inputBytes: Int { inputs.reduce(0) { $0 + Self.aligned(buffers[$1.buffer.index].bytes) } }

  /// Bytes of the outputs and of the losses that come back after a run.
  var resultBytes: Int {
    outputs.values.reduce(Self.aligned(8 * max(objectives.count, 1))) {
      $0 + Self.aligned(buffers[$1.index].bytes)
    }
  }

  static func aligned(_ bytes: Int) -> Int { (bytes + alignment - 1) / alignment * alignment }
}
