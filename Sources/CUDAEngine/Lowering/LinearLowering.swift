import Networks

/// Linear layers in float32, and biases.
extension CUDALowering {
  mutating func lowerLinear(_ value: Graph.Value, _ weight: ParameterID) -> Stored {
    let x = materialised(value.inputs[0], as: .float32)
    let y = buffer(value.shape.count)
    call(
      "linear_forward", nil,
      [.buffer(x), .parameter(weight), .buffer(y)] + sizes(weight, rows: value.shape.rows),
      .warps(value.shape.count), reads: [x], writes: [y])
    return .buffer(y)
  }

  mutating func lowerLinearInputGradient(_ value: Graph.Value, _ weight: ParameterID) -> Stored {
    let gradient = materialised(value.inputs[0], as: .float32)
    let out = disposableBuffer(value.shape.count, .float32)
    call(
      "linear_input_gradient", nil,
      [.buffer(gradient), .parameter(weight), .buffer(out)] + sizes(weight, rows: value.shape.rows),
      .elements(value.shape.count), reads: [gradient], writes: [out])
    return .buffer(out)
  }

  mutating func lowerLinearWeightGradient(_ value: Graph.Value, _ weight: ParameterID) -> Stored {
    let x = materialised(value.inputs[0], as: .float32)
    let gradient = materialised(value.inputs[1], as: .float32)
    call(
      "linear_weight_gradient", nil,
      [.buffer(x), .buffer(gradient), .gradient(weight)]
        + sizes(weight, rows: graph[value.inputs[0]].shape.rows),
      .elements(graph[weight].count), reads: [x, gradient], writes: [])
    return .nothing
  }

  /// Samples, inputs and outputs of a linear layer.
  private func sizes(_ weight: ParameterID, rows: Int) -> [KernelCall.Argument] {
    let shape = graph[weight].shape
    return [.int(rows), .int(shape[1]), .int(shape[0])]
  }

  /// Adds the bias in place, or in a copy where others read the value.
  mutating func lowerBias(_ value: Graph.Value, _ bias: ParameterID) -> Stored {
    var x = materialised(value.inputs[0])
    let count = value.shape.count
    if readers[value.inputs[0].index].count > 1 || buffers[x.index].input != nil {
      let copy = buffer(count, type(x))
      call(
        "combine", type(x),
        [.buffer(x), .absent, .buffer(copy), .count(count), .float(1), .float(0), .int(0)],
        .pass(count: count),
        reads: [x], writes: [copy])
      x = copy
    }
    call(
      "bias", type(x), [.buffer(x), .parameter(bias), .int(value.shape.rows), .int(value.shape.channels)],
      .pass(count: count), reads: [x], writes: [x])
    return .buffer(x)
  }

  mutating func lowerBiasGradient(_ value: Graph.Value, _ bias: ParameterID) -> Stored {
    let gradient = materialised(value.inputs[0], as: .float32)
    let input = graph[value.inputs[0]].shape
    let (rows, channels) = (input.rows, input.channels)
    let shape = LaunchShape.columns(rows: rows, channels: channels)
    let partial = buffer(shape.rows * channels)
    call(
      "column_sums_f32", nil,
      [
        .buffer(gradient), .buffer(partial), .int(rows), .int(channels),
        .int(LaunchShape.slabRows(rows: rows, channels: channels)),
      ], shape,
      reads: [gradient], writes: [partial])
    call(
      "column_sums_finish", nil, [.buffer(partial), .gradient(bias), .int(shape.rows), .int(channels)],
      .channels(channels), reads: [partial], writes: [])
    return .nothing
  }
}
