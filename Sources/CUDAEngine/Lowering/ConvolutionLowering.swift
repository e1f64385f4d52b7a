import Networks

/// Convolutions, which cuDNN computes.
extension CUDALowering {
  mutating func lowerConvolution(_ value: Graph.Value, _ window: Window, _ weight: ParameterID) -> Stored {
    let work = ConvolutionWork(
      pass: .forward, window: window, input: graph[value.inputs[0]].shape, output: value.shape)
    let x = materialised(value.inputs[0], as: type)
    let y = buffer(value.shape.count, type)
    emit(
      .convolution(.init(layer: value.name, work: work, weight: weight, input: x, output: y, type: products)))
    return .buffer(y)
  }

  mutating func lowerInputGradient(_ value: Graph.Value, _ window: Window, _ weight: ParameterID) -> Stored {
    let work = ConvolutionWork(
      pass: .inputGradient, window: window, input: value.shape, output: graph[value.inputs[0]].shape)
    let gradient = materialised(value.inputs[0], as: type)
    let out = disposableBuffer(value.shape.count, type)
    emit(
      .convolution(
        .init(layer: value.name, work: work, weight: weight, input: out, output: gradient, type: products)))
    return .buffer(out)
  }

  mutating func lowerWeightGradient(_ value: Graph.Value, _ window: Window, _ weight: ParameterID) -> Stored {
    let work = ConvolutionWork(
      pass: .weightGradient, window: window, input: graph[value.inputs[0]].shape,
      output: graph[value.inputs[1]].shape)
    let (x, gradient) = (materialised(value.inputs[0], as: type), materialised(value.inputs[1], as: type))
    let short = type == .float32 ? nil : buffer(graph[weight].count, type)
    emit(
      .convolution(
        .init(
          layer: value.name, work: work, weight: weight, input: x, output: gradient, type: products,
          weightGradient: short)))
    if let short {
      let count = graph[weight].count
      call(
        "convert_\(type.rawValue)", .float32, [.buffer(short), .gradient(weight), .count(count)],
        .pass(count: count), reads: [short], writes: [])
    }
    return .nothing
  }
}
