import Networks

/// A layer that multiplies by a matrix of weights: a convolution, or a linear layer as a convolution whose window covers
/// the image.
struct MatrixLayer {
  let window: Window
  let weight: ParameterID
  /// Kernels and operands of its products.
  let product: ProductKernels
  /// The types of its result and of the gradient of its input.
  let resultType, gradientType: ElementType
  /// Whether it is a linear layer whose weights are read in place (`WideLinear`).
  let isWide: Bool

  init(convolution window: Window, _ weight: ParameterID, _ lowering: CPULowering) {
    self.window = window
    self.weight = weight
    product = ProductKernels(path: lowering.kernels, operands: lowering.precision.operands)
    resultType = lowering.precision.activations
    gradientType = resultType
    isWide = false
  }

  /// Linear layers, the last layers of a network, compute in float32 at every precision. One that reads images gives them
  /// a gradient of the type of activations.
  init(linear weight: ParameterID, _ lowering: CPULowering) {
    window = lowering.graph.window(weight)
    self.weight = weight
    product = ProductKernels(path: lowering.kernels, operands: .float32)
    resultType = .float32
    isWide = lowering.kernels != .reference && lowering.graph[weight].count >= WideLinear.fewestWeights
    gradientType = window.taps == 1 || isWide ? .float32 : lowering.precision.activations
  }
}

/// What every instruction for one pass of a `MatrixLayer` needs.
struct MatrixPass {
  /// PyTorch module path of the layer.
  let layer: String
  let shape: ConvolutionShape
  let weight: ParameterID
  let product: ProductKernels

  init(_ layer: MatrixLayer, of value: Graph.Value, _ shape: ConvolutionShape) {
    self.layer = value.name
    self.shape = shape
    weight = layer.weight
    product = layer.product
  }
}

extension CPULowering {
  mutating func lowerProduct(_ value: Graph.Value, _ layer: MatrixLayer) -> Stored {
    if layer.isWide {
      let y = buffer(value.shape.count)
      emitWide(value, layer, .forward(x: materialised(value.inputs[0], as: .float32), y: y))
      return .operand(Operand(buffer: y))
    }
    let x = operand(value.inputs[0])
    let shape = ConvolutionShape(
      input: graph[value.inputs[0]].shape, output: value.shape, window: layer.window)
    let y = output(ValueID(index: current), layer.resultType)
    let work = MatrixPass(layer, of: value, shape)
    if kernels == .reference {
      emitReference(value, shape, layer, .forward(x: x, y: y))
      return .operand(Operand(buffer: y))
    }
    if WinogradConvolution.pays(shape) {
      emit(
        WinogradConvolution(
          work, pass: .forward, x: x, y: y,
          transformed: buffer(WinogradConvolution.transformedCount(shape))))
      return .operand(Operand(buffer: y))
    }
    var taken: BufferID?
    if normalisesBatch(current) {
      let blocks = ConvolutionForward.rowBlocks(shape, layer.product)
      let buffer = buffer(4 * blocks.number * value.shape.channels)
      moments[current] = (buffer, blocks)
      taken = buffer
    }
    let packed = ConvolutionForward.packedCount(shape, layer.product)
    let epilogue = epilogue(over: y)
    emit(
      ConvolutionForward(
        work, x: x, y: y, types: (type(x.buffer), type(y)), moments: taken, epilogue: epilogue,
        packed: packed == 0 ? nil : buffer(packed)))
    return .operand(Operand(buffer: y))
  }

  mutating func lowerInputGradient(_ value: Graph.Value, _ layer: MatrixLayer) -> Stored {
    let shape = ConvolutionShape(
      input: value.shape, output: graph[value.inputs[0]].shape, window: layer.window)
    let out = disposableBuffer(value.shape.count, layer.gradientType)
    if layer.isWide {
      emitWide(
        value, layer, .inputGradient(gradient: materialised(value.inputs[0], as: .float32), out: out))
      return .operand(Operand(buffer: out))
    }
    let work = MatrixPass(layer, of: value, shape)
    if kernels == .reference {
      emitReference(value, shape, layer, .inputGradient(gradient: plain(value.inputs[0]), out: out))
      return .operand(Operand(buffer: out))
    }
    if WinogradConvolution.pays(shape) {
      emit(
        WinogradConvolution(
          work, pass: .inputGradient, x: Operand(buffer: plain(value.inputs[0])), y: out,
          transformed: buffer(WinogradConvolution.transformedCount(shape))))
      return .operand(Operand(buffer: out))
    }
    let gradient = plain(value.inputs[0])
    let transposed = ConvolutionInputGradient.transposedCount(shape, layer.product)
    emit(
      ConvolutionInputGradient(
        work, gradient: gradient, out: out, types: (type(gradient), type(out)),
        transposed: transposed == 0 ? nil : buffer(transposed)))
    return .operand(Operand(buffer: out))
  }

  mutating func lowerWeightGradient(_ value: Graph.Value, _ layer: MatrixLayer) -> Stored {
    if layer.isWide {
      emitWide(
        value, layer,
        .weightGradient(
          x: materialised(value.inputs[0], as: .float32),
          gradient: materialised(value.inputs[1], as: .float32)))
      return .nothing
    }
    let shape = ConvolutionShape(
      input: graph[value.inputs[0]].shape, output: graph[value.inputs[1]].shape, window: layer.window)
    if kernels == .reference {
      let (x, gradient) = (operand(value.inputs[0]), plain(value.inputs[1]))
      emitReference(value, shape, layer, .weightGradient(x: x, gradient: gradient))
      return .nothing
    }
    if WinogradConvolution.pays(shape) {
      emit(
        WinogradWeightGradient(
          layer: value.name, shape: shape, kernels: kernels, x: operand(value.inputs[0]),
          gradient: plain(value.inputs[1]), weight: layer.weight,
          workspace: buffer(WinogradWeightGradient.workspaceCount(shape))))
      return .nothing
    }
    let (x, gradient) = (operand(value.inputs[0]), plain(value.inputs[1]))
    let work = MatrixPass(layer, of: value, shape)
    let partial = ConvolutionWeightGradient.partialCount(shape, layer.product)
    emit(
      ConvolutionWeightGradient(
        work, x: x, gradient: gradient, types: (type(x.buffer), type(gradient)),
        partial: partial == 0 ? nil : buffer(partial)))
    return .nothing
  }

  /// Emits a pass of a wide linear layer.
  private mutating func emitWide(_ value: Graph.Value, _ layer: MatrixLayer, _ pass: WideLinear.Pass) {
    let (input, output) = graph.matrix(layer.weight)
    emit(
      WideLinear(
        layer: value.name, weight: layer.weight,
        rows: graph[value.inputs[0]].shape.batch, depth: layer.window.taps * input,
        columns: output, pass: pass))
  }

  /// Emits a pass of a convolution by its definition. Operands are rounded where the other paths round them.
  private mutating func emitReference(
    _ value: Graph.Value, _ shape: ConvolutionShape, _ layer: MatrixLayer, _ pass: ReferenceConvolution.Pass
  ) {
    let isRounded = layer.product.operands != .float32 && !WinogradConvolution.pays(shape)
    emit(
      ReferenceConvolution(
        layer: value.name, shape: shape, weight: layer.weight, isRounded: isRounded, pass: pass))
  }
}
