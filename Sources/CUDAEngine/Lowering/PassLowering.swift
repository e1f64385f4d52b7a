import Networks

/// Losses, dropout, and copies of channels.
extension CUDALowering {
  mutating func lowerLoss(_ value: Graph.Value, _ loss: Loss, _ name: String) -> Stored {
    let logits = materialised(value.inputs[0], as: .float32)
    let targets = materialised(value.inputs[1], as: .float32)
    let gradient = disposableBuffer(value.shape.count, .float32)
    let kernel =
      switch loss {
      case .binaryCrossEntropy: "loss_bce"
      case .crossEntropy: "loss_ce"
      }
    call(
      kernel, nil,
      [
        .buffer(logits), .buffer(targets), .buffer(gradient), .loss(objectives.count), .flags,
        .int(value.shape.rows), .int(value.shape.channels), .step,
      ], .one, reads: [logits, targets], writes: [gradient])
    lossInstructions.append(instructions.count - 1)
    objectives.append(name)
    return .buffer(gradient)
  }

  /// Leaves values as they are in an evaluation.
  mutating func lowerDropout(_ value: Graph.Value, _ rate: Float) -> Stored {
    switch mode {
    case .inference: return .buffer(materialised(value.inputs[0], as: .float32))
    case .training:
      let number = dropouts.count
      dropouts[current] = number
      return .buffer(dropped(value, rate, number, buffer(value.shape.count)))
    }
  }

  mutating func lowerDropoutGradient(_ value: Graph.Value, _ rate: Float, _ forward: ValueID) -> Stored {
    .buffer(
      dropped(value, rate, dropouts[forward.index]!, disposableBuffer(value.shape.count, .float32)))
  }

  /// The mask follows from seed, step, layer and element, so that the derivative computes it again.
  private mutating func dropped(
    _ value: Graph.Value, _ rate: Float, _ number: Int, _ out: BufferID
  ) -> BufferID {
    let x = materialised(value.inputs[0], as: .float32)
    let count = value.shape.count
    call(
      "dropout", .float32,
      [
        .buffer(x), .buffer(out), .count(count), .count(value.shape.pixels * value.shape.channels), .step,
        .count(number), .float(rate),
      ], .pass(count: count), reads: [x], writes: [out])
    return out
  }

  mutating func lowerConcatenate(_ value: Graph.Value) -> Stored {
    let inputs = value.inputs.map { materialised($0) }
    let common = inputs.map { type($0) }.first { $0 != .float32 } ?? .float32
    let out = buffer(value.shape.count, common)
    var begin = 0
    for id in value.inputs {
      let channels = graph[id].shape.channels
      copy(
        materialised(id, as: common), channels, 0, to: out, value.shape.channels, begin,
        (value.shape.rows, channels, 1))
      begin += channels
    }
    return .buffer(out)
  }

  /// Copies channels of the input from `begin` on into a new buffer, times `scale`.
  mutating func copyChannels(_ value: Graph.Value, from begin: Int, scale: Float) -> Stored {
    let input = materialised(value.inputs[0])
    let out = disposableBuffer(value.shape.count, type(input))
    copy(
      input, graph[value.inputs[0]].shape.channels, begin, to: out, value.shape.channels, 0,
      (value.shape.rows, value.shape.channels, scale))
    return .buffer(out)
  }

  /// Copies `size.channels` channels of `size.rows` rows, from a channel of one buffer to a channel of another.
  private mutating func copy(
    _ from: BufferID, _ fromChannels: Int, _ fromBegin: Int, to: BufferID, _ toChannels: Int, _ toBegin: Int,
    _ size: (rows: Int, channels: Int, scale: Float)
  ) {
    call(
      "copy_channels", type(from),
      [
        .buffer(from), .buffer(to), .int(size.rows), .int(fromChannels), .int(fromBegin), .int(toChannels),
        .int(toBegin), .int(size.channels), .float(size.scale),
      ], .bundles(rows: size.rows, channels: size.channels), reads: [from], writes: [to])
  }
}
