import Networks

extension CPULowering {
  /// How one value is computed.
  mutating func lower(_ value: Graph.Value) -> Stored {
    switch value.operation {
    case .input(let name):
      return .operand(Operand(buffer: buffer(value.shape.count, input: name)))
    case .convolution(let window, let weight): return lowerConvolution(value, window, weight)
    case .bias(let parameter): return lowerBias(value, parameter)
    case .batchNorm(let norm): return lowerBatchNorm(value, norm)
    case .repeatedBatchNorm(_, let first):
      return .operand(Operand(buffer: materialised(value.inputs[0]), norm: vectors[first.index]!))
    case .relu: return lowerRelu(value)
    case .add: return lowerAdd(value)
    case .average(let weights): return lowerAverage(value, weights)
    case .concatenate: return lowerConcatenate(value)
    case .maxPool(let window): return lowerMaxPool(value, window)
    case .globalAveragePool:
      let x = materialised(value.inputs[0])
      let y = buffer(value.shape.count)
      emit(GlobalAveragePool(layer: value.name, input: graph[value.inputs[0]].shape, x: x, y: y))
      return .operand(Operand(buffer: y))
    case .dropout(let rate):
      if mode == .inference { return stored[value.inputs[0].index] }
      let x = materialised(value.inputs[0], as: .float32)
      let y = buffer(value.shape.count)
      dropouts[current] = dropouts.count
      emit(
        Dropout(
          layer: value.name, shape: value.shape, input: x, out: y, rate: rate, number: dropouts[current]!))
      return .operand(Operand(buffer: y))
    default: return lowerDerivative(value)
    }
  }

  private mutating func lowerConvolution(
    _ value: Graph.Value, _ window: Window, _ weight: ParameterID
  ) -> Stored {
    let x = operand(value.inputs[0])
    let shape = ConvolutionShape(
      input: graph[value.inputs[0]].shape, output: value.shape, window: window)
    // A bias is added in place, in float32.
    let hasBias = readers[current].contains {
      if case .bias = graph.values[$0].operation { true } else { false }
    }
    let y = buffer(value.shape.count, hasBias ? .float32 : resultType(weight))
    if kernels == .reference {
      emitReference(value, shape, weight, .forward(x: x, y: y))
      return .operand(Operand(buffer: y))
    }
    if WinogradConvolution.pays(shape) {
      emit(
        WinogradConvolution(
          layer: value.name, shape: shape, pass: .forward, kernels: kernels, x: x, weight: weight, y: y,
          transformed: buffer(WinogradConvolution.transformedCount(shape))))
      return .operand(Operand(buffer: y))
    }
    var taken: BufferID?
    if normalisesBatch(current) {
      let blocks = ConvolutionForward.rowBlocks(shape, product(weight))
      let buffer = buffer(4 * blocks.number * value.shape.channels)
      moments[current] = (buffer, blocks)
      taken = buffer
    }
    let packed = ConvolutionForward.packedCount(shape, product(weight))
    let epilogue = epilogue(over: y)
    emit(
      ConvolutionForward(
        layer: value.name, shape: shape, x: x, weight: weight, y: y, moments: taken,
        product: product(weight), xType: type(x.buffer), yType: type(y), epilogue: epilogue,
        packed: packed == 0 ? nil : buffer(packed)))
    return .operand(Operand(buffer: y))
  }

  /// A pass of a convolution by its definition, on numbers as short as those that the other paths multiply.
  mutating func emitReference(
    _ value: Graph.Value, _ shape: ConvolutionShape, _ weight: ParameterID, _ pass: ReferenceConvolution.Pass
  ) {
    let isRounded = product(weight).operands != .float32 && !WinogradConvolution.pays(shape)
    emit(
      ReferenceConvolution(layer: value.name, shape: shape, weight: weight, isRounded: isRounded, pass: pass))
  }

  /// Whether a batch norm needs the batch statistics of a value.
  private func normalisesBatch(_ id: Int) -> Bool {
    readers[id].contains {
      guard case .batchNorm(let norm) = graph.values[$0].operation else { return false }
      return usesBatchStatistics(norm)
    }
  }

  func usesBatchStatistics(_ norm: BatchNorm) -> Bool { mode == .training && !norm.isFrozen }

  private mutating func lowerBias(_ value: Graph.Value, _ parameter: ParameterID) -> Stored {
    var x = materialised(value.inputs[0], as: .float32)
    if readers[value.inputs[0].index].count > 1 || buffers[x.index].input != nil {
      let copy = buffer(value.shape.count)
      emit(
        Combine(
          layer: value.name, shape: value.shape, a: Operand(buffer: x), b: nil, relu: false, out: copy))
      x = copy
    }
    emit(AddBias(layer: value.name, shape: value.shape, x: x, bias: parameter))
    return .operand(Operand(buffer: x))
  }

  private mutating func lowerBatchNorm(_ value: Graph.Value, _ norm: BatchNorm) -> Stored {
    let x = materialised(value.inputs[0])
    let channels = value.shape.channels
    let vectors = buffer(NormVectors.count(channels: channels))
    if usesBatchStatistics(norm) {
      var taken = moments[value.inputs[0].index]
      if taken == nil {
        let blocks = Blocks.pass(rows: value.shape.rows, channels: channels)
        let buffer = buffer(4 * blocks.number * channels)
        emit(ColumnMoments(layer: value.name, x: x, shape: value.shape, moments: buffer))
        taken = (buffer, blocks)
      }
      emit(
        NormFinish(
          layer: value.name, norm: norm, shape: value.shape, moments: taken!.buffer,
          rowBlocks: taken!.blocks, vectors: vectors))
    } else {
      emit(NormFrozen(layer: value.name, norm: norm, channels: channels, vectors: vectors))
    }
    self.vectors[current] = vectors
    return .operand(Operand(buffer: x, norm: vectors))
  }

  private mutating func lowerRelu(_ value: Graph.Value) -> Stored {
    let input = value.inputs[0]
    switch stored[input.index] {
    case .operand(var operand) where operand.norm != nil:
      operand.relu = true
      return .operand(operand)
    case .sum(let terms): return .operand(Operand(buffer: add(terms, relu: true, value)))
    default: return .operand(Operand(buffer: add([operand(input)], relu: true, value)))
    }
  }

  private mutating func lowerAdd(_ value: Graph.Value) -> Stored {
    let terms = value.inputs.map { operand($0) }
    if readers[current].count == 1, graph.values[readers[current][0]].operation == .relu {
      return .sum(terms)
    }
    return .operand(Operand(buffer: add(terms, relu: false, value)))
  }

  private mutating func lowerAverage(_ value: Graph.Value, _ weights: [Float]) -> Stored {
    let total = weights.reduce(0, +)
    precondition(value.inputs.count >= 2, "\(value.name): an average needs at least two values")
    let terms = alike(value.inputs.map { operand($0) }, value)
    let out = buffer(value.shape.count, type(terms))
    emit(
      Combine(
        layer: value.name, shape: value.shape, a: terms[0], b: terms[1], weightA: weights[0] / total,
        weightB: weights[1] / total, relu: false, out: out))
    for (term, weight) in zip(terms, weights).dropFirst(2) {
      emit(
        Combine(
          layer: value.name, shape: value.shape, a: Operand(buffer: out), b: term,
          weightB: weight / total, relu: false, out: out))
    }
    return .operand(Operand(buffer: out))
  }

  private mutating func lowerConcatenate(_ value: Graph.Value) -> Stored {
    let inputs = value.inputs.map { materialised($0) }
    let out = buffer(value.shape.count, type(inputs.map { Operand(buffer: $0) }))
    var begin = 0
    for (id, input) in zip(value.inputs, inputs) {
      let channels = graph[id].shape.channels
      emit(
        CopyChannels(
          layer: value.name, rows: value.shape.rows, input: input, inputChannels: channels,
          out: out, outChannels: value.shape.channels, outBegin: begin, channels: channels))
      begin += channels
    }
    return .operand(Operand(buffer: out))
  }

  private mutating func lowerMaxPool(_ value: Graph.Value, _ window: Window) -> Stored {
    precondition(window.taps <= 256, "\(value.name): a pooling window has at most 256 pixels")
    let x = operand(value.inputs[0])
    let y = buffer(value.shape.count, type(x.buffer))
    if mode == .training { places[current] = buffer(MaxPool.placesCount(value.shape)) }
    emit(
      MaxPool(
        layer: value.name, x: x, input: graph[value.inputs[0]].shape, output: value.shape, window: window,
        y: y, places: places[current]))
    return .operand(Operand(buffer: y))
  }
}
