import Networks

extension Graph {
  /// The GPU program of a graph.
  ///
  /// A batch norm is no pass of its own. Its statistics are taken after the convolution, and one pass applies it together
  /// with the sum and the ReLU that follow. The pass of the derivative applies the ReLU's mask in the same way.
  /// - Parameter type: the type of the numbers that convolutions multiply. Activations have its type in memory.
  func loweredForCUDA(_ mode: CUDAProgram.Mode, type: ConvolutionType) -> CUDAProgram {
    var lowering = CUDALowering(self, mode, type)
    return lowering.lower()
  }
}

/// Turns values into launches, one after the other.
struct CUDALowering {
  /// How a value exists while the program runs.
  enum Stored {
    case buffer(BufferID)
    /// As the input of a batch norm and its vectors, or the value without a bias and the vectors of the bias. The kernel that
    /// reads the value normalises it, and applies a ReLU if the value says so.
    case normalised(NormalisedValue)
    /// As two terms, which a ReLU behind them adds in its pass.
    case sum([ValueID])
    /// As gradients, which a ReLU's derivative behind them adds in its pass.
    case gradientSum([BufferID], over: BufferID?)
    /// As a gradient whose ReLU the derivative of the batch norm in front of it applies.
    case behindReLU(BufferID)
    /// Nowhere: it set gradients of parameters.
    case nothing
  }

  /// A batch norm that has not been applied yet.
  struct NormalisedValue {
    let x: BufferID
    let vectors: BufferID
    var hasReLU = false
  }

  let graph: Graph
  let mode: CUDAProgram.Mode
  let products: ConvolutionType
  /// The type of activations.
  var type: CUDAType { products.storage }
  /// Values that read each value.
  let readers: [[Int]]
  var stored: [Stored] = []
  var instructions: [CUDAProgram.Instruction] = []
  var origins: [Int] = []
  var buffers: [CUDAProgram.Buffer] = []
  /// Copies of values in another type.
  var converted: [Int: BufferID] = [:]
  /// Vectors of each batch norm value.
  var vectors: [Int: BufferID] = [:]
  /// Vectors of each bias, as those of a batch norm.
  var biasVectors: [ParameterID: BufferID] = [:]
  /// Biases that only batch norms read: these read the values without them.
  var biasesOfNorms: Set<ParameterID> = []
  /// The batch norm in front of each ReLU value that has one.
  var normsOfReLUs: [Int: NormalisedValue] = [:]
  /// Places of the maxima of each pooling value.
  var places: [Int: BufferID] = [:]
  /// Values that an earlier launch computes together with another gradient.
  var covered: [Int: Stored] = [:]
  /// Gradient buffers that may be overwritten by their last reader.
  var disposable: Set<BufferID> = []
  var objectives: [String] = []
  var lossInstructions: [Int] = []
  /// Number of each dropout value, from 0.
  var dropouts: [Int: Int] = [:]
  /// The value being lowered.
  var current = 0

  init(_ graph: Graph, _ mode: CUDAProgram.Mode, _ products: ConvolutionType) {
    (self.graph, self.mode, self.products) = (graph, mode, products)
    var readers = [[Int]](repeating: [], count: graph.values.count)
    for (index, value) in graph.values.enumerated() {
      for input in value.inputs { readers[input.index].append(index) }
    }
    self.readers = readers
  }

  mutating func lower() -> CUDAProgram {
    current = graph.values.count
    begin()
    for (index, value) in graph.values.enumerated() {
      current = index
      stored.append(.nothing)
      stored[index] = covered[index] ?? lower(value)
    }
    current = graph.values.count
    let outputs = graph.outputs.mapValues { materialised($0, as: .float32) }
    let lifetimes = lifetimes(keeping: Set(outputs.values))
    return CUDAProgram(
      graph: graph, mode: mode, instructions: instructions, origins: origins, buffers: buffers,
      plan: MemoryPlan(lifetimes, alignment: CUDAProgram.alignment), lifetimes: lifetimes, outputs: outputs,
      objectives: objectives, lossInstructions: lossInstructions)
  }

  /// What a program of a shorter type does first: it rounds the parameters, which convolutions read, and takes the
  /// scale of the loss.
  private mutating func begin() {
    if type != .float32 {
      let count = ParameterLayout(graph.parameters, graph.statistics).count
      call(
        "convert_f32", type, [.parameters, .shortParameters, .count(count)], .pass(count: count), reads: [],
        writes: [])
    }
    if products == .float16, mode == .training {
      call("load_scale", nil, [.step, .lossScale], .one, reads: [], writes: [])
    }
  }

  /// First and last use of every buffer of the arena. Outputs are in use to the end.
  private func lifetimes(keeping outputs: Set<BufferID>) -> [MemoryPlan.Lifetime] {
    var first = [Int?](repeating: nil, count: buffers.count)
    var last = [Int](repeating: 0, count: buffers.count)
    for (index, instruction) in instructions.enumerated() {
      for buffer in instruction.reads + instruction.writes {
        first[buffer.index] = first[buffer.index] ?? index
        last[buffer.index] = index
      }
    }
    return buffers.indices.compactMap { index in
      guard let begin = first[index], buffers[index].input == nil else { return nil }
      let id = BufferID(index: index)
      return .init(
        buffer: id, bytes: buffers[index].bytes, first: begin,
        last: outputs.contains(id) ? instructions.count : last[index])
    }
  }
}

// Services for the rules.
extension CUDALowering {
  /// A new buffer of the arena, or outside it for an input of the graph.
  mutating func buffer(_ count: Int, _ type: CUDAType = .float32, input: String? = nil) -> BufferID {
    buffers.append(.init(count: count, type: type, layer: layer, input: input))
    return BufferID(index: buffers.count - 1)
  }

  /// A new buffer that its last reader may overwrite.
  mutating func disposableBuffer(_ count: Int, _ type: CUDAType) -> BufferID {
    let id = buffer(count, type)
    disposable.insert(id)
    return id
  }

  func type(_ buffer: BufferID) -> CUDAType { buffers[buffer.index].type }

  /// The layer of the value being lowered.
  private var layer: String { current < graph.values.count ? graph.values[current].name : "whole network" }

  mutating func emit(_ instruction: CUDAProgram.Instruction) {
    instructions.append(instruction)
    origins.append(current)
  }

  /// Emits a call of a kernel. Its name gets the suffix of the type, where there is one: `norm_apply_f32`.
  mutating func call(
    _ kernel: String, _ type: CUDAType? = nil, _ arguments: [KernelCall.Argument], _ shape: LaunchShape,
    reads: [BufferID], writes: [BufferID]
  ) {
    emit(
      .kernel(
        KernelCall(
          kernel: type.map { "\(kernel)_\($0.rawValue)" } ?? kernel, layer: layer, arguments: arguments,
          shape: shape, reads: reads, writes: writes)))
  }

  /// Whether nothing after the current value reads `id`.
  func isLastReader(of id: ValueID) -> Bool { readers[id.index].last == current }

  /// Whether a buffer that the current value is the last to read may be overwritten with its result.
  func isReusable(_ buffer: BufferID, of id: ValueID) -> Bool {
    disposable.contains(buffer) && isLastReader(of: id)
  }

  /// The value in a buffer, with everything applied.
  mutating func materialised(_ id: ValueID) -> BufferID {
    let out: BufferID
    switch stored[id.index] {
    case .buffer(let buffer): return buffer
    case .normalised(let value): out = apply(value, plus: nil, graph[id])
    case .sum(let terms): out = add(terms, hasReLU: false, graph[id])
    case .gradientSum(let terms, let over): out = sum(terms, over: over, mask: nil, graph[id])
    case .behindReLU, .nothing:
      preconditionFailure("\(graph[id].name): a value without a buffer was asked for")
    }
    stored[id.index] = .buffer(out)
    return out
  }

  /// The value in a buffer of the given type.
  mutating func materialised(_ id: ValueID, as type: CUDAType) -> BufferID {
    let plain = materialised(id)
    if self.type(plain) == type { return plain }
    if let copy = converted[id.index] { return copy }
    let count = graph[id].shape.count
    let copy = buffer(count, type)
    call(
      "convert_\(self.type(plain).rawValue)", type, [.buffer(plain), .buffer(copy), .count(count)],
      .pass(count: count), reads: [plain], writes: [copy])
    converted[id.index] = copy
    return copy
  }
}
