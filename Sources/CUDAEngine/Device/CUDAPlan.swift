import Networks

/// A request on a GPU: its programs and all memory that they need. `CUDANetwork` reserves exactly that memory.
struct CUDAPlan: Sendable {
  let request: NetworkRequest
  let layout: ParameterLayout
  let type: CUDAType
  /// Training programs, by batch size.
  let training: [Int: CUDAProgram]
  /// Inference programs, by batch size.
  let inference: [Int: CUDAProgram]
  /// Bytes of the largest workspace that a convolution needs.
  let workspace: Int

  /// - Parameters:
  ///   - recomputation: the values that training steps compute again; nil keeps every value.
  ///   - workspace: the workspace of a pass of a convolution, in bytes.
  /// - Throws: what `workspace` throws.
  init(
    _ request: NetworkRequest, recomputing recomputation: Recomputation? = nil,
    workspace: (ConvolutionCall) throws -> Int
  ) rethrows {
    self.request = request
    layout = ParameterLayout(request.parameters, request.statistics)
    let type = CUDAType(request.precision)
    self.type = type
    training = request.training.mapValues {
      $0.graph.differentiated($0.objectives, recomputing: recomputation).loweredForCUDA(
        .training, type: type)
    }
    inference = request.inference.mapValues { $0.loweredForCUDA(.inference, type: type) }
    var largest = 0
    for program in training.values.map({ $0 }) + inference.values.map({ $0 }) {
      for case .convolution(let call) in program.instructions { largest = max(largest, try workspace(call)) }
    }
    self.workspace = largest
  }

  var programs: [CUDAProgram] {
    [training, inference].flatMap { programs in programs.keys.sorted().map { programs[$0]! } }
  }

  /// Bytes of the arena: the largest program's.
  var arena: Int { programs.map(\.plan.bytes).max() ?? 0 }
  /// Bytes of the images and targets of the largest program.
  var inputs: Int { programs.map(\.inputBytes).max() ?? 0 }
  /// Bytes of the outputs and losses that come back from the largest program.
  var results: Int { programs.map { $0.resultBytes }.max() ?? 0 }
  /// Whether steps leave gradients, which the optimizer reads.
  var hasGradients: Bool { !training.isEmpty || request.rule != nil }

  /// Bytes by purpose.
  var parts: [ExecutionPlan.Part] {
    let (values, statistics) = (4 * layout.count, 4 * layout.statisticCount)
    let slots = (request.rule?.slotNames.count ?? 0) * values
    return [
      .init(.device, .activations, bytes: arena + inputs),
      .init(.device, .scratch, bytes: workspace + CUDAControl.bytes(request) + CUDAState.resultBytes),
      .init(.device, .parameters, bytes: values), .init(.device, .statistics, bytes: statistics),
      .init(.device, .gradients, bytes: hasGradients ? values : 0),
      .init(.device, .optimizerState, bytes: slots),
      .init(.device, .snapshot, bytes: request.keepsSnapshot ? values + statistics + slots : 0),
    ]
  }

  /// The plan in the form that is the same for every device.
  var execution: ExecutionPlan {
    let step = training.max { $0.key < $1.key }?.value
    return ExecutionPlan(
      parts: parts, step: step?.graph, keptBytes: step?.keptBytes ?? [:], isTimeReliable: false)
  }
}

extension CUDAType {
  /// The type of activations in a precision.
  init(_ precision: Precision) {
    switch precision {
    case .fp32: self = .float32
    case .bf16: self = .bfloat16
    case .bf16Emulated: preconditionFailure("the GPU has no emulated bfloat16")
    }
  }
}

extension CUDAProgram {
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
