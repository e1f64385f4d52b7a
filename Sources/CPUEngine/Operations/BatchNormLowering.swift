import Networks

extension CPULowering {
  mutating func lowerBatchNorm(_ value: Graph.Value, _ norm: Operation.BatchNorm) -> Stored {
    let x = normInput(value.inputs[0])
    let bias = biasOfNorm(value.inputs[0])
    let channels = value.shape.channels
    let vectors = buffer(NormVectors.count(channels: channels))
    if mode == .training {
      let producer = bias == nil ? value.inputs[0] : graph[value.inputs[0]].inputs[0]
      var taken = moments[producer.index]
      if taken == nil {
        let blocks = Blocks.pass(rows: value.shape.rows, channels: channels)
        let buffer = buffer(4 * blocks.number * channels)
        emit(ColumnMoments(layer: value.name, x: x, shape: value.shape, moments: buffer))
        taken = (buffer, blocks)
      }
      emit(
        NormFinish(
          layer: value.name, norm: norm, shape: value.shape, moments: taken!.buffer,
          rowBlocks: taken!.blocks, bias: bias, vectors: vectors))
    } else {
      emit(NormFrozen(layer: value.name, norm: norm, channels: channels, bias: bias, vectors: vectors))
    }
    self.vectors[current] = vectors
    return .operand(Operand(buffer: x, norm: vectors))
  }

  /// Whether a batch norm reads the value, or the value and its bias, and needs its batch statistics.
  func normalisesBatch(_ id: Int) -> Bool {
    mode == .training
      && readers[id].contains { reader in
        if case .batchNorm = graph.values[reader].operation { return true }
        return graph.biasBehindNorm(ValueID(index: reader), readers: readers) != nil
          && normalisesBatch(reader)
      }
  }

  mutating func lowerRepeatedBatchNorm(_ value: Graph.Value, _ first: ValueID) -> Stored {
    .operand(Operand(buffer: normInput(value.inputs[0]), norm: vectors[first.index]!))
  }

  mutating func lowerNormGradient(
    _ value: Graph.Value, _ norm: Operation.BatchNorm, _ forward: ValueID
  ) -> Stored {
    precondition(mode == .training, "\(value.name): an evaluation has no derivatives")
    let x = normInput(value.inputs[0])
    let gradientID = value.inputs[1]
    let gradient: BufferID
    let relu: Bool
    if case .behindRelu(let buffer, _) = stored[gradientID.index] {
      (gradient, relu) = (buffer, true)
    } else {
      (gradient, relu) = (materialised(gradientID, as: type(x)), false)
    }
    let isReusable = disposable.contains(gradient) && isLastReader(of: gradientID)
    let out = isReusable ? gradient : disposableBuffer(value.shape.count, type(x))
    emit(
      NormBackward(
        layer: value.name, norm: norm, shape: value.shape, gradient: gradient, x: x,
        vectors: vectors[forward.index]!, relu: relu, out: out,
        workspace: buffer(NormBackward.workspaceCount(value.shape))))
    return .operand(Operand(buffer: out))
  }

  /// Whether the only reader of the current value is the derivative of a batch norm whose input is in `buffer`.
  func isReadByNormOnly(_ buffer: BufferID) -> Bool {
    guard readers[current].count == 1 else { return false }
    let reader = graph.values[readers[current][0]]
    guard case .batchNormGradient = reader.operation,
      case .operand(let x) = stored[reader.inputs[0].index]
    else { return false }
    return (x.isPlain || biasOfNorm(reader.inputs[0]) != nil)
      && x.buffer == buffer
  }
}
