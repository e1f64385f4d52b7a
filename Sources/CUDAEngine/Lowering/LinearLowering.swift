import Networks

/// Linear layers in float32, and biases.
extension CUDALowering {
  mutating func lowerLinear(_ value: Graph.Value, _ weight: ParameterID) -> Stored {
    let x = materialised(value.inputs[0], as: .float32)
    let y = buffer(value.shape.count)
    call(
      "linear_forward", nil,
      [.buffer(x), .parameter(weight), .buffer(y)] + sizes(weight, batch: value.shape.batch),
      .warps(value.shape.count), reads: [x], writes: [y])
    return .buffer(y)
  }

  mutating func lowerLinearInputGradient(_ value: Graph.Value, _ weight: ParameterID) -> Stored {
    let gradient = materialised(value.inputs[0], as: .float32)
    let out = disposableBuffer(value.shape.count, .float32)
    call(
      "linear_input_gradient", nil,
      [.buffer(gradient), .parameter(weight), .buffer(out)] + sizes(weight, batch: value.shape.batch),
      .elements(value.shape.count), reads: [gradient], writes: [out])
    return .buffer(out)
  }

  mutating func lowerLinearWeightGradient(_ value: Graph.Value, _ weight: ParameterID) -> Stored {
    let x = materialised(value.inputs[0], as: .float32)
    let gradient = materialised(value.inputs[1], as: .float32)
    call(
      "linear_weight_gradient", nil,
      [.buffer(x), .buffer(gradient), .gradient(weight)]
        + sizes(weight, batch: graph[value.inputs[0]].shape.batch),
      .elements(graph[weight].count), reads: [x, gradient], writes: [])
    return .nothing
  }

  /// Samples, inputs and outputs of a linear layer.
  private func sizes(_ weight: ParameterID, batch: Int) -> [KernelCall.Argument] {
    let shape = graph[weight].shape
    return [.int(batch), .int(shape[1]), .int(shape[0])]
  }

  /// A bias is kept as the vectors of a batch norm: the pass of the ReLU behind it adds it.
  mutating func lowerBias(_ value: Graph.Value, _ bias: ParameterID) -> Stored {
    let x = materialised(value.inputs[0])
    let channels = value.shape.channels
    let vectors: BufferID
    if let known = biasVectors[bias] {
      vectors = known
    } else {
      vectors = buffer(4 * channels)
      call(
        "bias_vectors", nil, [.parameter(bias), .buffer(vectors), .int(channels)], .elements(channels),
        reads: [], writes: [vectors])
      biasVectors[bias] = vectors
      if graph.biasBehindNorm(ValueID(index: current), readers: readers) != nil { biasesOfNorms.insert(bias) }
    }
    return .normalised(NormalisedValue(x: x, vectors: vectors))
  }

  mutating func lowerBiasGradient(_ value: Graph.Value, _ bias: ParameterID) -> Stored {
    let id = value.inputs[0]
    let (rows, channels) = (graph[id].shape.rows, graph[id].shape.channels)
    // The batch norm behind the bias takes the mean away, so the loss does not depend on the bias.
    if case .batchNormGradient = graph[id].operation {
      call(
        "fill_u32", nil, [.gradient(bias), .count(channels), .int(0)], .elements(channels), reads: [],
        writes: [])
      return .nothing
    }
    let gradient = materialised(id)
    let shape = LaunchShape.columns(rows: rows, channels: channels)
    let partial = buffer(shape.rows * channels)
    call(
      "column_sums", type(gradient),
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

  /// The bias of a value that a batch norm reads without it; nil for other values.
  func biasOfNorm(_ id: ValueID) -> ParameterID? {
    guard case .bias(let layer) = graph[id].operation, biasesOfNorms.contains(layer.bias) else { return nil }
    return layer.bias
  }

  /// The buffer that a batch norm reads: without the bias in front of it, if only batch norms read that.
  mutating func normInput(_ id: ValueID) -> BufferID {
    guard biasOfNorm(id) != nil, case .normalised(let value) = stored[id.index] else {
      return materialised(id)
    }
    return value.x
  }
}
