import Networks

extension CPULowering {
  mutating func lowerBatchNorm(_ value: Graph.Value, _ norm: Operation.BatchNorm) -> Stored {
    let x = materialised(value.inputs[0])
    let channels = value.shape.channels
    let vectors = buffer(NormVectors.count(channels: channels))
    if mode == .training && !norm.isFrozen {
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

  /// Whether a batch norm reads the value and needs its batch statistics.
  func normalisesBatch(_ id: Int) -> Bool {
    mode == .training
      && readers[id].contains {
        if case .batchNorm(let norm) = graph.values[$0].operation { !norm.isFrozen } else { false }
      }
  }

  mutating func lowerRepeatedBatchNorm(_ value: Graph.Value, _ first: ValueID) -> Stored {
    .operand(Operand(buffer: materialised(value.inputs[0]), norm: vectors[first.index]!))
  }

  mutating func lowerNormGradient(
    _ value: Graph.Value, _ norm: Operation.BatchNorm, _ forward: ValueID
  ) -> Stored {
    precondition(mode == .training, "\(value.name): an evaluation has no derivatives")
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
        layer: value.name, norm: norm, shape: value.shape, gradient: gradient, x: x,
        vectors: vectors[forward.index]!, relu: relu, out: out,
        workspace: buffer(NormBackward.workspaceCount(value.shape))))
    return .operand(Operand(buffer: out))
  }

  /// The reader of the result multiplies by the slopes.
  mutating func lowerFrozenNormGradient(_ value: Graph.Value, _ norm: Operation.BatchNorm) -> Stored {
    let channels = value.shape.channels
    let slopes = buffer(NormVectors.count(channels: channels))
    emit(
      NormFrozen(layer: value.name, norm: norm, channels: channels, part: .slope, vectors: slopes))
    return .operand(Operand(buffer: materialised(value.inputs[0]), norm: slopes))
  }

  /// Whether the only reader of the current value is the derivative of a batch norm whose input is in `buffer`.
  func isReadByNormOnly(_ buffer: BufferID) -> Bool {
    guard readers[current].count == 1 else { return false }
    let reader = graph.values[readers[current][0]]
    guard case .batchNormGradient = reader.operation,
      case .operand(let x) = stored[reader.inputs[0].index]
    else { return false }
    return x.isPlain && x.buffer == buffer
  }
}
