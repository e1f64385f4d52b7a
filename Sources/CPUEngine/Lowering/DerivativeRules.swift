import Networks

extension CPULowering {
  mutating func lowerDerivative(_ value: Graph.Value) -> Stored {
    switch value.operation {
    case .loss(let loss, let name):
      let gradient = disposableBuffer(value.shape.count, .float32)
      emit(
        LossAndGradient(
          layer: value.name, loss: loss, shape: value.shape,
          logits: materialised(value.inputs[0], as: .float32),
          targets: materialised(value.inputs[1], as: .float32), gradient: gradient, number: objectives.count))
      lossInstructions.append(instructions.count - 1)
      objectives.append(name)
      return .operand(Operand(buffer: gradient))
    case .convolutionInputGradient(let window, let weight, let input):
      return lowerInputGradient(value, window, weight, input)
    case .convolutionWeightGradient(let window, let weight):
      return lowerWeightGradient(value, window, weight)
    case .biasGradient(let parameter):
      let shape = graph[value.inputs[0]].shape
      emit(
        BiasGradient(
          layer: value.name, shape: shape, gradient: materialised(value.inputs[0], as: .float32),
          bias: parameter))
      return .nothing
    case .gradientSum: return lowerGradientSum(value)
    case .reluGradient: return lowerReluGradient(value)
    case .batchNormGradient(let norm, let forward): return lowerNormGradient(value, norm, forward)
    case .scale(let factor):
      let channels = value.shape.channels
      return copyChannels(value, from: 0, channels: channels, scale: factor)
    case .slice(let begin, let channels):
      return copyChannels(value, from: begin, channels: channels, scale: 1)
    case .maxPoolGradient(let window, let forward, let input):
      let gradient = materialised(value.inputs[0])
      let out = disposableBuffer(value.shape.count, type(gradient))
      emit(
        MaxPoolBackward(
          layer: value.name, input: input, output: graph[forward].shape, window: window,
          gradient: gradient, places: places[forward.index]!, out: out))
      return .operand(Operand(buffer: out))
    case .globalAveragePoolGradient(let input):
      let out = disposableBuffer(value.shape.count, precision.activations)
      emit(
        GlobalAveragePoolBackward(
          layer: value.name, input: input, gradient: materialised(value.inputs[0], as: .float32), out: out))
      return .operand(Operand(buffer: out))
    case .dropoutGradient(let rate, let forward):
      let out = disposableBuffer(value.shape.count, .float32)
      emit(
        Dropout(
          layer: value.name, shape: value.shape, input: materialised(value.inputs[0], as: .float32), out: out,
          rate: rate, number: dropouts[forward.index]!))
      return .operand(Operand(buffer: out))
    default: preconditionFailure("\(value.name): \(value.operation) is no derivative")
    }
  }

  private mutating func lowerInputGradient(
    _ value: Graph.Value, _ window: Window, _ weight: ParameterID, _ input: Shape
  ) -> Stored {
    let shape = ConvolutionShape(
      input: input, output: graph[value.inputs[0]].shape, window: window)
    let out = disposableBuffer(value.shape.count, resultType(weight))
    if kernels == .reference {
      emitReference(value, shape, weight, .inputGradient(gradient: materialised(value.inputs[0]), out: out))
      return .operand(Operand(buffer: out))
    }
    if WinogradConvolution.pays(shape) {
      emit(
        WinogradConvolution(
          layer: value.name, shape: shape, pass: .inputGradient, kernels: kernels,
          x: Operand(buffer: materialised(value.inputs[0])), weight: weight, y: out,
          transformed: buffer(WinogradConvolution.transformedCount(shape))))
      return .operand(Operand(buffer: out))
    }
    let gradient = materialised(value.inputs[0])
    let transposed = ConvolutionInputGradient.transposedCount(shape, product(weight))
    emit(
      ConvolutionInputGradient(
        layer: value.name, shape: shape, gradient: gradient, weight: weight, out: out,
        product: product(weight), gradientType: type(gradient), outType: type(out),
        transposed: transposed == 0 ? nil : buffer(transposed)))
    return .operand(Operand(buffer: out))
  }

  private mutating func lowerWeightGradient(
    _ value: Graph.Value, _ window: Window, _ weight: ParameterID
  ) -> Stored {
    let shape = ConvolutionShape(
      input: graph[value.inputs[0]].shape, output: graph[value.inputs[1]].shape, window: window)
    if kernels == .reference {
      let (x, gradient) = (operand(value.inputs[0]), materialised(value.inputs[1]))
      emitReference(value, shape, weight, .weightGradient(x: x, gradient: gradient))
      return .nothing
    }
    if WinogradConvolution.pays(shape) {
      emit(
        WinogradWeightGradient(
          layer: value.name, shape: shape, kernels: kernels, x: operand(value.inputs[0]),
          gradient: materialised(value.inputs[1]), weight: weight,
          workspace: buffer(WinogradWeightGradient.workspaceCount(shape))))
      return .nothing
    }
    let (x, gradient) = (operand(value.inputs[0]), materialised(value.inputs[1]))
    let partial = ConvolutionWeightGradient.partialCount(shape, product(weight))
    emit(
      ConvolutionWeightGradient(
        layer: value.name, shape: shape, x: x, gradient: gradient, weight: weight, product: product(weight),
        xType: type(x.buffer), gradientType: type(gradient), partial: partial == 0 ? nil : buffer(partial)))
    return .nothing
  }

  /// A sum of gradients waits for the ReLU that reads it, as a rule: then both are one pass.
  private mutating func lowerGradientSum(_ value: Graph.Value) -> Stored {
    let common = type(value.inputs.map { Operand(buffer: materialised($0)) })
    let terms = value.inputs.map { materialised($0, as: common) }
    // A term that occurs twice is still needed after the first addition.
    let over = zip(terms, value.inputs).first { term, id in
      disposable.contains(term) && isLastReader(of: id) && terms.filter { $0 == term }.count == 1
    }?.0
    if readers[current].count == 1, graph.values[readers[current][0]].operation == .reluGradient {
      return .gradientSum(terms, over: over)
    }
    return .operand(Operand(buffer: sum(terms, over: over, mask: nil, value)))
  }

  /// Σ terms where the mask is positive, over the buffer of a term or in a new one.
  mutating func sum(
    _ terms: [BufferID], over: BufferID?, mask: BufferID?, _ value: Graph.Value
  ) -> BufferID {
    let out = over ?? disposableBuffer(value.shape.count, type(terms[0]))
    // The reused term comes first, so that no later term is read from a buffer already written.
    let order = terms.filter { $0 == out } + terms.filter { $0 != out }
    var total = order[0]
    if order.count == 1 {
      emit(AddMasked(layer: value.name, count: value.shape.count, a: total, b: nil, mask: mask, out: out))
    }
    for (index, term) in order.enumerated().dropFirst() {
      emit(
        AddMasked(
          layer: value.name, count: value.shape.count, a: total, b: term,
          mask: index == order.count - 1 ? mask : nil, out: out))
      total = out
    }
    return out
  }

  private mutating func lowerReluGradient(_ value: Graph.Value) -> Stored {
    let (output, gradient) = (value.inputs[0], value.inputs[1])
    if case .operand(let operand) = stored[output.index], operand.norm != nil,
      isLastReader(of: gradient), isReadByNormOnly(operand.buffer)
    {
      return .behindRelu(materialised(gradient, as: type(operand.buffer)))
    }
    if case .gradientSum(let terms, let over) = stored[gradient.index] {
      let mask = materialised(output, as: type(terms[0]))
      return .operand(Operand(buffer: sum(terms, over: over, mask: mask, value)))
    }
    let buffer = materialised(gradient)
    let mask = materialised(output, as: type(buffer))
    let over = disposable.contains(buffer) && isLastReader(of: gradient) ? buffer : nil
    return .operand(Operand(buffer: sum([buffer], over: over, mask: mask, value)))
  }

  /// Whether the only reader of the current value is the derivative of the batch norm of `buffer`.
  private func isReadByNormOnly(_ buffer: BufferID) -> Bool {
    guard readers[current].count == 1 else { return false }
    let reader = graph.values[readers[current][0]]
    guard case .batchNormGradient = reader.operation,
      case .operand(let x) = stored[reader.inputs[0].index]
    else { return false }
    return x.isPlain && x.buffer == buffer
  }

  private mutating func lowerNormGradient(
    _ value: Graph.Value, _ norm: BatchNorm, _ forward: ValueID
  ) -> Stored {
    let x = materialised(value.inputs[0])
    let gradientID = value.inputs[1]
    let gradient: BufferID
    let relu: Bool
    if case .behindRelu(let buffer) = stored[gradientID.index] {
      (gradient, relu) = (buffer, true)
    } else {
      (gradient, relu) = (materialised(gradientID, as: type(x)), false)
    }
    let isReusable = disposable.contains(gradient) && isLastReader(of: gradientID)
    let out = isReusable ? gradient : disposableBuffer(value.shape.count, type(x))
    emit(
      NormBackward(
        layer: value.name, norm: norm, isFrozen: !usesBatchStatistics(norm), shape: value.shape,
        gradient: gradient, x: x, vectors: vectors[forward.index]!, relu: relu, out: out,
        workspace: buffer(NormBackward.workspaceCount(value.shape))))
    return .operand(Operand(buffer: out))
  }

  private mutating func copyChannels(
    _ value: Graph.Value, from begin: Int, channels: Int, scale: Float
  ) -> Stored {
    let input = materialised(value.inputs[0])
    let out = disposableBuffer(value.shape.count, type(input))
    emit(
      CopyChannels(
        layer: value.name, rows: value.shape.rows, input: input,
        inputChannels: graph[value.inputs[0]].shape.channels, inputBegin: begin, out: out,
        outChannels: channels, channels: channels, scale: scale))
    return .operand(Operand(buffer: out))
  }
}
