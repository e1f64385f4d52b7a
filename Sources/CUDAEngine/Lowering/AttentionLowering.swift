import Networks

/// Layer norms and attention.
extension CUDALowering {
  mutating func lowerLayerNorm(_ value: Graph.Value, _ norm: Operation.LayerNorm) -> Stored {
    let x = materialised(value.inputs[0], as: type)
    let out = buffer(value.shape.count, type)
    let (rows, channels) = (value.shape.rows, value.shape.channels)
    call(
      "layer_norm", type,
      [
        .buffer(x), .parameter(norm.scale), .parameter(norm.shift), .buffer(out), .int(rows), .int(channels),
        .float(norm.epsilon),
      ], .warps(rows), reads: [x], writes: [out])
    return .buffer(out)
  }

  mutating func lowerLayerNormGradient(_ value: Graph.Value, _ norm: Operation.LayerNorm) -> Stored {
    let (x, gradient) = (materialised(value.inputs[0], as: type), materialised(value.inputs[1], as: type))
    let out = disposableBuffer(value.shape.count, type)
    let (rows, channels) = (value.shape.rows, value.shape.channels)
    let moments = buffer(3 * rows)
    call(
      "layer_norm_backward", type,
      [
        .buffer(gradient), .buffer(x), .parameter(norm.scale), .buffer(out), .buffer(moments), .int(rows),
        .int(channels), .float(norm.epsilon),
      ], .warps(rows), reads: [gradient, x], writes: [out, moments])
    let shape = LaunchShape.columns(rows: rows, channels: channels)
    let partial = buffer(2 * shape.rows * channels)
    call(
      "layer_norm_sums", type,
      [
        .buffer(gradient), .buffer(x), .buffer(moments), .buffer(partial), .int(rows), .int(channels),
        .int(LaunchShape.slabRows(rows: rows, channels: channels)),
      ], shape, reads: [gradient, x, moments], writes: [partial])
    call(
      "two_sums_finish", nil,
      [
        .buffer(partial), .gradient(norm.scale), .gradient(norm.shift), .int(shape.rows), .int(channels),
      ], .channels(channels), reads: [partial], writes: [])
    return .buffer(out)
  }

  mutating func lowerAttention(_ value: Graph.Value, _ heads: Int) -> Stored {
    let operands = value.inputs.map { materialised($0, as: type) }
    let out = buffer(value.shape.count, type)
    call(
      "attention", type, operands.map { .buffer($0) } + [.buffer(out)] + sizes(value.shape, heads),
      .heads(value.shape.batch * heads, tokens: value.shape.pixels), reads: operands, writes: [out])
    return .buffer(out)
  }

  /// Two launches compute all gradients that are wanted. The first leaves for each pixel what the second needs of its softmax.
  mutating func lowerAttentionGradient(_ value: Graph.Value, _ step: Operation.AttentionGradient) -> Stored {
    let operands = value.inputs.map { materialised($0, as: type) }
    let results = jointResults(value) { operation in
      if case .attentionGradient(let part) = operation, part.forward == step.forward {
        part.input
      } else {
        nil
      }
    }
    let (shape, heads) = (value.shape, step.heads)
    let moments = buffer(3 * shape.batch * heads * shape.pixels)
    let read: [KernelCall.Argument] =
      [.buffer(operands[3])] + operands.dropLast().map { .buffer($0) }
    let launch = LaunchShape.heads(shape.batch * heads, tokens: shape.pixels)
    call(
      "attention_backward_queries", type,
      read + [argument(results[0]), .buffer(moments)] + sizes(shape, heads), launch, reads: operands,
      writes: [results[0], moments].compactMap { $0 })
    call(
      "attention_backward_keys", type,
      read + [.buffer(moments), argument(results[1]), argument(results[2])] + sizes(shape, heads), launch,
      reads: operands + [moments], writes: [results[1], results[2]].compactMap { $0 })
    return covered[current]!
  }

  /// Tokens, channels, heads, and the factor of the scores.
  private func sizes(_ shape: Shape, _ heads: Int) -> [KernelCall.Argument] {
    let factor = 1 / Float(shape.channels / heads).squareRoot()
    return [.int(shape.pixels), .int(shape.channels), .int(heads), .float(factor)]
  }
}
