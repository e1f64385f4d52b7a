import Networks

/// Batch norms. Their vectors lie in one buffer `[4, C]`: scale, shift, mean, inverse deviation.
extension CUDALowering {
  mutating func lowerBatchNorm(_ value: Graph.Value, _ norm: Operation.BatchNorm) -> Stored {
    let x = normInput(value.inputs[0])
    let bias = biasOfNorm(value.inputs[0])
    let (rows, channels) = (value.shape.rows, value.shape.channels)
    let vectors = buffer(4 * channels)
    let own: [KernelCall.Argument] = [
      .parameter(norm.scale), .parameter(norm.shift), .statistic(norm.runningMean),
      .statistic(norm.runningVariance), .buffer(vectors), bias.map { .parameter($0) } ?? .absent,
    ]
    switch mode {
    case .training where !norm.isFrozen:
      let shape = LaunchShape.columns(rows: rows, channels: channels)
      let partial = buffer(2 * shape.rows * channels)
      call(
        "norm_moments", type(x),
        [
          .buffer(x), .buffer(partial), .int(rows), .int(channels),
          .int(LaunchShape.slabRows(rows: rows, channels: channels)),
        ], shape,
        reads: [x], writes: [partial])
      call(
        "norm_finish", type(x),
        [.buffer(x), .buffer(partial)] + own
          + [.int(rows), .int(channels), .int(shape.rows), .float(norm.momentum), .float(norm.epsilon)],
        .channels(channels), reads: [x, partial], writes: [vectors])
    case .training, .inference:
      call(
        "norm_frozen", nil, own + [.int(channels), .float(norm.epsilon)], .elements(channels), reads: [],
        writes: [vectors])
    }
    self.vectors[current] = vectors
    return .normalised(NormalisedValue(x: x, vectors: vectors))
  }

  mutating func lowerRepeatedNorm(_ value: Graph.Value, _ first: ValueID) -> Stored {
    .normalised(NormalisedValue(x: normInput(value.inputs[0]), vectors: vectors[first.index]!))
  }

  /// The kernel that reads the result multiplies by the slopes.
  mutating func lowerFrozenNormGradient(_ value: Graph.Value, _ norm: Operation.BatchNorm) -> Stored {
    let channels = value.shape.channels
    let slopes = buffer(4 * channels)
    call(
      "norm_frozen", nil,
      [
        .parameter(norm.scale), .absent, .absent, .statistic(norm.runningVariance), .buffer(slopes), .absent,
        .int(channels), .float(norm.epsilon),
      ], .elements(channels), reads: [], writes: [slopes])
    return .normalised(NormalisedValue(x: materialised(value.inputs[0]), vectors: slopes))
  }

  mutating func lowerNormGradient(
    _ value: Graph.Value, _ norm: Operation.BatchNorm, _ forward: ValueID
  ) -> Stored {
    let x = normInput(value.inputs[0])
    let id = value.inputs[1]
    let gradient: BufferID
    let mask: Int
    if case .behindReLU(let buffer) = stored[id.index] {
      (gradient, mask) = (buffer, 1)
    } else {
      (gradient, mask) = (materialised(id, as: type(x)), 0)
    }
    let (rows, channels) = (value.shape.rows, value.shape.channels)
    let vectors = vectors[forward.index]!
    let shape = LaunchShape.columns(rows: rows, channels: channels)
    let slabRows = LaunchShape.slabRows(rows: rows, channels: channels)
    let (partial, coefficients) = (buffer(2 * shape.rows * channels), buffer(3 * channels))
    call(
      "norm_backward_sums", type(x),
      [
        .buffer(gradient), .buffer(x), .absent, .buffer(vectors), .buffer(partial), .int(rows),
        .int(channels),
        .int(slabRows), .int(mask),
      ], shape, reads: [gradient, x, vectors], writes: [partial])
    call(
      "norm_backward_finish", nil,
      [
        .buffer(partial), .buffer(vectors), .gradient(norm.scale),
        .gradient(norm.shift),
        .buffer(coefficients), .int(rows), .int(channels), .int(shape.rows),
      ], .channels(channels), reads: [partial, vectors], writes: [coefficients])
    let out = isReusable(gradient, of: id) ? gradient : disposableBuffer(value.shape.count, type(x))
    call(
      "norm_backward_apply", type(x),
      [
        .buffer(gradient), .buffer(x), .absent, .buffer(vectors), .buffer(coefficients), .buffer(out),
        .count(value.shape.count), .int(channels), .int(mask),
      ], .pass(count: value.shape.count), reads: [gradient, x, vectors, coefficients], writes: [out])
    return .buffer(out)
  }

  /// Applies a batch norm, adds another value, which may be a batch norm too, and applies the ReLU, in one pass.
  mutating func apply(
    _ value: NormalisedValue, plus other: Stored?, hasReLU: Bool = false, _ result: Graph.Value
  ) -> BufferID {
    let out = buffer(result.shape.count, type(value.x))
    var second: (buffer: BufferID, vectors: BufferID?)?
    switch other {
    case nil: second = nil
    case .buffer(let buffer): second = (buffer, nil)
    case .normalised(let norm): second = (norm.x, norm.vectors)
    case .sum, .gradientSum, .behindReLU, .nothing:
      preconditionFailure(
        "\(result.name): only a buffer or a batch norm is added in the pass of a batch norm")
    }
    let operands = [value.x, value.vectors, second?.buffer, second?.vectors]
    call(
      "norm_apply", type(value.x),
      operands.map { $0.map { .buffer($0) } ?? .absent } + [
        .buffer(out), .count(result.shape.count), .int(result.shape.channels),
        .int(value.hasReLU || hasReLU ? 1 : 0),
      ], .pass(count: result.shape.count), reads: operands.compactMap { $0 }, writes: [out])
    return out
  }
}
