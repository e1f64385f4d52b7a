import Networks

extension Graph {
  /// The CPU program of a graph.
  ///
  /// Batch norm and ReLU are not passes of their own. Their result is an affine map (and a ReLU) of a stored
  /// buffer; it is not stored, and every reader applies the map as it loads the buffer. A sum and the ReLU behind
  /// it become one pass.
  ///
  /// - Parameters:
  ///   - kernels: kernel path; the processor must have it.
  ///   - precision: precision of the products; the kernel path must have it (`Precision.require`).
  ///   - updatesParameters: whether the program updates every parameter as soon as it can, instead of leaving
  ///     all gradients in the store.
  package func loweredForCPU(
    _ mode: CPUProgram.Mode, kernels: KernelPath = .auto, precision: Precision = .fp32,
    updatesParameters: Bool = false
  ) -> CPUProgram {
    var lowering = CPULowering(
      graph: self, mode: mode, kernels: kernels, precision: precision, updatesParameters: updatesParameters)
    return lowering.lower()
  }
}

/// Turns values into instructions, one after the other.
struct CPULowering {
  /// How a value exists while the program runs.
  enum Stored {
    /// The value is in a buffer, possibly with a map that the reader applies.
    case operand(Operand)
    /// The value is a sum that its only reader computes.
    case sum([Operand])
    /// The value is a sum of gradients that its only reader computes, in the buffer `over` if there is one.
    case gradientSum([BufferID], over: BufferID?)
    /// The value is a gradient behind a ReLU; the derivative of the batch norm or the bias in front of the ReLU applies
    /// its mask.
    case behindRelu(BufferID, output: Operand)
    /// The value is a gradient that was added to the other term of its only reader, a sum.
    case added(to: BufferID)
    /// The value is not stored: its instruction set parameter gradients.
    case nothing
  }

  let graph: Graph
  let mode: CPUProgram.Mode
  let kernels: KernelPath
  let precision: Precision
  let updatesParameters: Bool
  /// Indices of the values that read each value.
  let readers: [[Int]]
  /// Concatenations without copies.
  let channelBlocks: ChannelBlocks
  /// Buffers of the blocks that are begun.
  var blockBuffers: [Int: BufferID] = [:]
  /// Views of buffers, by place and number of channels.
  var views: [CPUProgram.View: [Int: BufferID]] = [:]
  /// Copies of values whose buffers are views, by value.
  var gathered: [Int: BufferID] = [:]
  var stored: [Stored] = []
  var instructions: [any Instruction] = []
  /// Index of the value that each instruction was made for.
  var origins: [Int] = []
  var buffers: [CPUProgram.Buffer] = []
  /// Copies of values in the other element type, by value.
  var converted: [Int: BufferID] = [:]
  /// Moments that a convolution took while it stored its output, by value.
  var moments: [Int: (buffer: BufferID, blocks: Blocks)] = [:]
  /// Moments of the parts of each block, doubles `[channels, 2]`, and the number of parts whose moments are there.
  var blockMoments: [Int: (buffer: BufferID, parts: Int)] = [:]
  /// Vectors of each batch norm (`NormVectors`), by value.
  var vectors: [Int: BufferID] = [:]
  /// Vectors of each bias (`NormVectors`).
  var biasVectors: [ParameterID: BufferID] = [:]
  /// Biases that only batch norms read: these read the values without them.
  var biasesOfNorms: Set<ParameterID> = []
  /// Values that an earlier instruction computes, in the epilogue of a convolution or together with another gradient.
  var covered: [Int: Stored] = [:]
  /// Places of the maxima of each max pooling, by value.
  var places: [Int: BufferID] = [:]
  /// Gradient buffers that may be overwritten by their last reader.
  var disposable: Set<BufferID> = []
  var objectives: [String] = []
  var lossInstructions: [Int] = []
  /// Number of each dropout layer, by value.
  var dropouts: [Int: Int] = [:]
  /// Gradient of each parameter, nil for a frozen one, if the program updates parameters; else empty.
  var gradients: [BufferID?] = []
  /// Index of the value being lowered.
  var current = 0

  init(
    graph: Graph, mode: CPUProgram.Mode, kernels: KernelPath, precision: Precision, updatesParameters: Bool
  ) {
    self.graph = graph
    self.updatesParameters = updatesParameters
    self.mode = mode
    self.kernels = kernels
    self.precision = precision
    var readers = [[Int]](repeating: [], count: graph.values.count)
    for (index, value) in graph.values.enumerated() {
      for input in value.inputs { readers[input.index].append(index) }
    }
    self.readers = readers
    let isWritable = Self.writableValues(graph)
    channelBlocks = ChannelBlocks(graph) { isWritable[$0] }
  }

  mutating func lower() -> CPUProgram {
    for (index, value) in graph.values.enumerated() {
      current = index
      stored.append(.nothing)
      stored[index] = covered[index] ?? lower(value)
    }
    current = graph.values.count
    let outputs = graph.outputs.mapValues { materialised($0, as: .float32) }
    if updatesParameters { insertUpdates() }
    let lifetimes = lifetimes(keeping: Set(outputs.values))
    return CPUProgram(
      graph: graph, mode: mode, kernels: kernels, instructions: instructions, origins: origins,
      buffers: buffers,
      plan: MemoryPlan(lifetimes, alignment: 64), outputs: outputs, objectives: objectives,
      lossInstructions: lossInstructions, lifetimes: lifetimes, gradients: gradients)
  }

  /// First and last use of every buffer of the arena; outputs are kept to the end.
  private func lifetimes(keeping outputs: Set<BufferID>) -> [MemoryPlan.Lifetime] {
    var first = [Int?](repeating: nil, count: buffers.count)
    var last = [Int](repeating: 0, count: buffers.count)
    for index in instructions.indices {
      for buffer in buffers(usedBy: index).map({ buffers[$0.index].view?.buffer ?? $0 }) {
        first[buffer.index] = first[buffer.index] ?? index
        last[buffer.index] = index
      }
    }
    return buffers.indices.compactMap { index in
      guard let begin = first[index], buffers[index].input == nil else { return nil }
      let id = BufferID(index: index)
      return .init(
        buffer: id, bytes: MemoryLayout<Float>.stride * buffers[index].floats, first: begin,
        last: outputs.contains(id) ? instructions.count : last[index])
    }
  }
}

// Functions that the lowering of each operation calls.
extension CPULowering {
  /// A new buffer of the arena, or outside it for a graph input.
  mutating func buffer(_ count: Int, _ type: ElementType = .float32, input: String? = nil) -> BufferID {
    let layer = current < graph.values.count ? graph.values[current].name : "output"
    buffers.append(.init(count: count, type: type, layer: layer, input: input))
    return BufferID(index: buffers.count - 1)
  }

  /// A new buffer that its last reader may overwrite.
  mutating func disposableBuffer(_ count: Int, _ type: ElementType) -> BufferID {
    let id = buffer(count, type)
    disposable.insert(id)
    return id
  }

  mutating func emit(_ instruction: some Instruction) {
    instructions.append(instruction)
    origins.append(current)
  }

  func type(_ buffer: BufferID) -> ElementType { buffers[buffer.index].type }

  /// The type of a sum: bfloat16 if any term has it, else float32.
  func type(_ terms: [Operand]) -> ElementType {
    terms.contains { type($0.buffer) == .bfloat16 } ? .bfloat16 : .float32
  }

  /// Whether nothing after the current value reads `id`.
  func isLastReader(of id: ValueID) -> Bool { readers[id.index].last == current }

  /// The value as an operand, for a reader that applies the operand's map.
  mutating func operand(_ id: ValueID) -> Operand {
    switch stored[id.index] {
    case .operand(let operand): return operand
    case .sum, .gradientSum, .behindRelu, .added, .nothing: return Operand(buffer: materialised(id))
    }
  }

  /// The value as an operand whose rows have no pitch, for kernels that take none.
  mutating func denseOperand(_ id: ValueID) -> Operand {
    let operand = operand(id)
    return buffers[operand.buffer.index].view == nil ? operand : Operand(buffer: materialised(id))
  }

  /// A buffer that holds the value itself: no map is left to be applied. Its rows may have a pitch.
  mutating func plain(_ id: ValueID) -> BufferID {
    if case .operand(let operand) = stored[id.index], operand.isPlain { return operand.buffer }
    return materialised(id)
  }

  /// A buffer of the given type that holds the value itself. Its rows may have a pitch.
  mutating func plain(_ id: ValueID, as type: ElementType) -> BufferID {
    let plain = plain(id)
    return self.type(plain) == type ? plain : materialised(id, as: type)
  }

  /// A buffer that holds the value itself and nothing else: no map is left to be applied, and rows have no pitch.
  mutating func materialised(_ id: ValueID) -> BufferID {
    let value = graph[id]
    let out: BufferID
    switch stored[id.index] {
    case .operand(let operand) where operand.isPlain && buffers[operand.buffer.index].view == nil:
      return operand.buffer
    case .operand(let operand) where operand.isPlain:
      if let copy = gathered[id.index] { return copy }
      let copy = buffer(value.shape.count, type(operand.buffer))
      emit(
        CopyChannels(
          layer: value.name, rows: value.shape.rows, input: operand.buffer,
          inputChannels: value.shape.channels, out: copy, outChannels: value.shape.channels,
          channels: value.shape.channels))
      gathered[id.index] = copy
      return copy
    case .operand(let operand):
      out = buffer(value.shape.count, type(operand.buffer))
      emit(Combine(layer: value.name, shape: value.shape, a: operand, b: nil, relu: false, out: out))
    case .sum(let terms): out = add(terms, relu: false, id)
    case .gradientSum(let terms, let over): out = sum(terms, over: over, mask: nil, value)
    case .behindRelu, .added, .nothing:
      preconditionFailure("\(value.name): a value without a buffer was asked for")
    }
    stored[id.index] = .operand(Operand(buffer: out))
    return out
  }

  /// A buffer of the given type that holds the value itself.
  mutating func materialised(_ id: ValueID, as type: ElementType) -> BufferID {
    let plain = plain(id)
    if self.type(plain) == type { return materialised(id) }
    if let copy = converted[id.index] { return copy }
    let value = graph[id]
    let copy = buffer(value.shape.count, type)
    emit(
      Combine(
        layer: value.name, shape: value.shape, a: Operand(buffer: plain), b: nil, relu: false, out: copy))
    converted[id.index] = copy
    return copy
  }

  /// The terms of a sum, converted to one element type. Every term has the shape of `value`.
  mutating func alike(_ terms: [Operand], _ value: Graph.Value) -> [Operand] {
    let common = type(terms)
    return terms.map { term in
      guard type(term.buffer) != common else { return term }
      var copy = term
      copy.buffer = buffer(value.shape.count, common)
      emit(
        Combine(
          layer: value.name, shape: value.shape, a: Operand(buffer: term.buffer), b: nil, relu: false,
          out: copy.buffer))
      return copy
    }
  }

  /// Adds the terms into the buffer of a value, with a ReLU behind the sum if `relu`.
  mutating func add(_ terms: [Operand], relu: Bool, _ id: ValueID) -> BufferID {
    let value = graph[id]
    let terms = alike(terms, value)
    let out = output(id, type(terms))
    var sum = terms[0]
    for (index, term) in terms.enumerated().dropFirst() {
      let isLast = index == terms.count - 1
      emit(
        Combine(
          layer: value.name, shape: value.shape, a: sum, b: term, relu: relu && isLast, out: out))
      sum = Operand(buffer: out)
    }
    if terms.count == 1 {
      emit(Combine(layer: value.name, shape: value.shape, a: sum, b: nil, relu: relu, out: out))
    }
    return out
  }
}
