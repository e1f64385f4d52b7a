import CKernels
import Networks

/// Attention of the pixels of each image. Scores of a few pixels are held at a time.
struct Attention: Instruction {
  let layer: String
  let shape: Shape
  let heads: Int
  let query, key, value: Operand
  let out: BufferID

  var reads: [BufferID] { query.reads + key.reads + value.reads }
  var writes: [BufferID] { [out] }
  var scratch: Int { Int(fk_attention_scratch(Int64(shape.pixels), Int32(shape.channels / heads))) }
  /// Half of the multiplications and additions of a pair of pixels: that many numbers are prepared in the same time.
  var effort: Effort { Effort(prepared: 2 * shape.count * shape.pixels) }

  func run(_ machine: CPUMachine) {
    let blocks = Blocks(count: shape.pixels, size: 64)
    machine.pool.run(shape.batch * heads * blocks.number) { task, thread in
      let (image, number) = (task / (heads * blocks.number), task / blocks.number % heads)
      let tokens = blocks.range(task % blocks.number)
      var head = machine.head(number, of: heads, image, shape, query, key, value)
      fk_attention(
        &head, Int64(tokens.lowerBound), Int64(tokens.count), machine.scratch(thread),
        machine.result(out, at: image * shape.pixels * shape.channels))
    }
  }
}

/// The gradients of queries, keys and values that are wanted. Scores are computed again.
struct AttentionBackward: Instruction {
  let layer: String
  let shape: Shape
  let heads: Int
  let query, key, value: Operand
  let gradient: BufferID
  let toQuery, toKey, toValue: BufferID?

  var reads: [BufferID] { query.reads + key.reads + value.reads + [gradient] }
  var writes: [BufferID] { [toQuery, toKey, toValue].compactMap { $0 } }
  var scratch: Int {
    Int(fk_attention_backward_scratch(Int64(shape.pixels), Int32(shape.channels / heads)))
  }
  var effort: Effort { Effort(prepared: 5 * shape.count * shape.pixels, tasks: shape.batch * heads) }

  func run(_ machine: CPUMachine) {
    machine.pool.run(shape.batch * heads) { task, thread in
      let image = task / heads
      var head = machine.head(task % heads, of: heads, image, shape, query, key, value)
      let at = image * shape.pixels * shape.channels
      fk_attention_backward(
        &head,
        machine.term(Operand(buffer: gradient), channels: shape.channels, row: image * shape.pixels),
        machine.scratch(thread), machine.result(toQuery, at: at), machine.result(toKey, at: at),
        machine.result(toValue, at: at))
    }
  }
}

extension CPUMachine {
  /// One head of one image.
  fileprivate func head(
    _ number: Int, of heads: Int, _ image: Int, _ shape: Shape, _ query: Operand, _ key: Operand,
    _ value: Operand
  ) -> fk_head {
    func term(_ operand: Operand) -> fk_term {
      self.term(operand, channels: shape.channels, row: image * shape.pixels)
    }
    let size = shape.channels / heads
    return fk_head(
      query: term(query), key: term(key), value: term(value), tokens: Int32(shape.pixels),
      channels: Int32(shape.channels), begin: Int32(number * size), size: Int32(size))
  }
}

extension CPULowering {
  mutating func lowerAttention(_ value: Graph.Value, _ heads: Int) -> Stored {
    let operands = value.inputs.map { denseOperand($0) }
    let out = buffer(value.shape.count, precision.activations)
    emit(
      Attention(
        layer: value.name, shape: value.shape, heads: heads, query: operands[0], key: operands[1],
        value: operands[2], out: out))
    return .operand(Operand(buffer: out))
  }

  mutating func lowerAttentionGradient(_ value: Graph.Value, _ step: Operation.AttentionGradient) -> Stored {
    let operands = value.inputs.dropLast().map { denseOperand($0) }
    let gradient = value.inputs[3]
    var results = [BufferID?](repeating: nil, count: 3)
    for index in readers[gradient.index] {
      guard case .attentionGradient(let part) = graph.values[index].operation, part.forward == step.forward
      else { continue }
      let out = disposableBuffer(value.shape.count, type(operands[part.input].buffer))
      (results[part.input], covered[index]) = (out, .operand(Operand(buffer: out)))
    }
    emit(
      AttentionBackward(
        layer: value.name, shape: value.shape, heads: step.heads, query: operands[0], key: operands[1],
        value: operands[2], gradient: materialised(gradient), toQuery: results[0], toKey: results[1],
        toValue: results[2]))
    return covered[current]!
  }
}
