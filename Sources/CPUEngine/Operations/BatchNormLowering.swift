import Networks

extension CPULowering {
  mutating func lowerBatchNorm(_ value: Graph.Value, _ norm: Operation.BatchNorm) -> Stored {
    let x = normInput(value.inputs[0])
    let bias = biasOfNorm(value.inputs[0])
    let channels = value.shape.channels
    let vectors = buffer(NormVectors.count(channels: channels))
    if mode == .training && !norm.isFrozen {
      let producer = bias == nil ? value.inputs[0] : graph[value.inputs[0]].inputs[0]
      let (moments, blocks) = moments(of: producer, in: x)
      emit(
        NormFinish(
          layer: value.name, norm: norm, shape: value.shape, moments: moments, rowBlocks: blocks, bias: bias,
          vectors: vectors))
    } else {
      emit(NormFrozen(layer: value.name, norm: norm, channels: channels, bias: bias, vectors: vectors))
    }
    self.vectors[current] = vectors
    return .operand(Operand(buffer: x, norm: vectors))
  }

  /// Finds the moments of a value that lies in buffer `x`. Its convolution may have taken them, or the parts of a dense block
  /// may have theirs; otherwise they are computed.
  private mutating func moments(of id: ValueID, in x: BufferID) -> (buffer: BufferID, blocks: Blocks) {
    if let taken = moments[id.index] { return taken }
    if let block = channelBlocks.concatenations[id.index] { return moments(ofPrefix: id, block) }
    let taken = columnMoments(of: x, graph[id].shape)
    moments[id.index] = taken
    return taken
  }

  private mutating func columnMoments(of x: BufferID, _ shape: Shape) -> (buffer: BufferID, blocks: Blocks) {
    let blocks = Blocks.pass(rows: shape.rows, channels: shape.channels)
    let buffer = buffer(4 * blocks.number * shape.channels)
    emit(ColumnMoments(layer: graph.values[current].name, x: x, shape: shape, moments: buffer))
    return (buffer, blocks)
  }

  /// The moments of the first channels of a block. The moments of each part are merged once, for all batch norms that
  /// read the part.
  private mutating func moments(ofPrefix id: ValueID, _ number: Int) -> (buffer: BufferID, blocks: Blocks) {
    let block = channelBlocks.blocks[number]
    let shape = graph[id].shape
    var (out, merged) = blockMoments[number] ?? (buffer(4 * block.channels), 0)
    for part in block.parts.dropFirst(merged) where part.begin < shape.channels {
      let partID = ValueID(index: part.value)
      let shape = graph[partID].shape
      let x = view(
        of: blockBuffers[number]!, rows: shape.rows, channels: block.channels,
        part.begin..<part.begin + shape.channels)
      // A part that was copied may have been rounded.
      let (moments, blocks) =
        isPlain(partID, in: x) ? moments(of: partID, in: x) : columnMoments(of: x, shape)
      emit(
        MergeMoments(
          layer: graph.values[current].name, moments: moments, rowBlocks: blocks, channels: shape.channels,
          out: out, begin: part.begin))
      merged += 1
    }
    blockMoments[number] = (out, merged)
    return (out, Blocks(count: shape.rows, size: shape.rows))
  }

  /// Whether the value itself is in the buffer.
  private func isPlain(_ id: ValueID, in buffer: BufferID) -> Bool {
    if case .operand(let operand) = stored[id.index] {
      operand.isPlain && operand.buffer == buffer
    } else {
      false
    }
  }

  /// Whether a batch norm reads the value, the value and its bias, or the block of the value, and needs its batch
  /// statistics.
  func normalisesBatch(_ id: Int) -> Bool {
    let block = channelBlocks.places[id].map { channelBlocks.blocks[$0.block].prefixes } ?? []
    return mode == .training
      && ([id] + block).flatMap({ readers[$0] }).contains { reader in
        if case .batchNorm(let norm) = graph.values[reader].operation { return !norm.isFrozen }
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
      (gradient, relu) = (plain(gradientID, as: type(x)), false)
    }
    let sum = slicedSum(type(x))
    let isReusable = disposable.contains(gradient) && isLastReader(of: gradientID)
    let out = sum ?? (isReusable ? gradient : disposableBuffer(value.shape.count, type(x)))
    emit(
      NormBackward(
        layer: value.name, norm: norm, shape: value.shape, gradient: gradient, x: x,
        vectors: vectors[forward.index]!, relu: relu, out: out, adds: sum != nil,
        workspace: buffer(NormBackward.workspaceCount(value.shape))))
    return sum.map { .added(to: $0) } ?? .operand(Operand(buffer: out))
  }

  /// The channels of a block's gradient to which the current gradient is added, if the current gradient is read by
  /// their sum alone and they by nothing else.
  private func slicedSum(_ type: ElementType) -> BufferID? {
    guard readers[current].count == 1 else { return nil }
    let sum = readers[current][0]
    guard graph.values[sum].operation == .gradientSum else { return nil }
    for id in graph.values[sum].inputs where id.index < current && readers[id.index] == [sum] {
      guard case .slice = graph[id].operation, case .operand(let term) = stored[id.index] else { continue }
      if disposable.contains(term.buffer), self.type(term.buffer) == type { return term.buffer }
    }
    return nil
  }

  /// The reader of the result multiplies by the slopes.
  mutating func lowerFrozenNormGradient(_ value: Graph.Value, _ norm: Operation.BatchNorm) -> Stored {
    let channels = value.shape.channels
    let slopes = buffer(NormVectors.count(channels: channels))
    emit(
      NormFrozen(layer: value.name, norm: norm, channels: channels, part: .slope, vectors: slopes))
    return .operand(Operand(buffer: plain(value.inputs[0]), norm: slopes))
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
