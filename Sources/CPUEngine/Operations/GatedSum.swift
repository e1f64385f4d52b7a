import CKernels
import Networks

/// b + σ(l) (a − b), one pass over logits l, a and b. Their maps are applied as they are read.
struct GatedSum: Instruction {
  let layer: String
  let shape: Shape
  let logits, a, b: Operand
  let out: BufferID

  var reads: [BufferID] { logits.reads + a.reads + b.reads }
  var writes: [BufferID] { [out] }

  func run(_ machine: CPUMachine) {
    let channels = shape.channels
    let blocks = Blocks.pass(rows: shape.rows, channels: channels)
    machine.pool.run(blocks.number) { block, _ in
      let rows = blocks.range(block)
      func term(_ operand: Operand) -> fk_term {
        machine.term(operand, channels: channels, row: rows.lowerBound)
      }
      fk_gated_sum(
        term(logits), term(a), term(b), Int64(rows.count), Int32(channels),
        machine.result(out, at: rows.lowerBound * channels))
    }
  }
}

/// The gradients of logits, a and b that are wanted, in one pass.
struct GatedSumBackward: Instruction {
  let layer: String
  let shape: Shape
  let gradient: BufferID
  let logits, a, b: Operand
  /// Where the gradients of logits, a and b go.
  let toLogits, toA, toB: BufferID?

  var reads: [BufferID] { [gradient] + logits.reads + a.reads + b.reads }
  var writes: [BufferID] { [toLogits, toA, toB].compactMap { $0 } }

  func run(_ machine: CPUMachine) {
    let channels = shape.channels
    let blocks = Blocks.pass(rows: shape.rows, channels: channels)
    machine.pool.run(blocks.number) { block, _ in
      let rows = blocks.range(block)
      func term(_ operand: Operand) -> fk_term {
        machine.term(operand, channels: channels, row: rows.lowerBound)
      }
      let at = rows.lowerBound * channels
      fk_gated_sum_backward(
        term(Operand(buffer: gradient)), term(logits), term(a), term(b), Int64(rows.count), Int32(channels),
        machine.result(toLogits, at: at), machine.result(toA, at: at), machine.result(toB, at: at))
    }
  }
}

extension CPUMachine {
  /// Where a kernel writes, from an element of a buffer on; nothing is written without a buffer.
  func result(_ buffer: BufferID?, at element: Int = 0) -> fk_result {
    guard let buffer else { return fk_result(data: nil, type: FK_FLOAT32) }
    let elements = elements(buffer)
    return fk_result(data: elements + element, type: elements.type)
  }
}

extension CPULowering {
  mutating func lowerGatedSum(_ value: Graph.Value) -> Stored {
    let operands = value.inputs.map { denseOperand($0) }
    let out = buffer(value.shape.count, type(Array(operands.dropFirst())))
    emit(
      GatedSum(
        layer: value.name, shape: value.shape, logits: operands[0], a: operands[1], b: operands[2], out: out))
    return .operand(Operand(buffer: out))
  }

  mutating func lowerGatedSumGradient(_ value: Graph.Value, _ forward: ValueID) -> Stored {
    let operands = value.inputs.dropLast().map { denseOperand($0) }
    let gradient = value.inputs[3]
    var results = [BufferID?](repeating: nil, count: 3)
    for index in readers[gradient.index] {
      guard case .gatedSumGradient(let part) = graph.values[index].operation, part.forward == forward
      else { continue }
      let out = disposableBuffer(value.shape.count, type(operands[part.input].buffer))
      (results[part.input], covered[index]) = (out, .operand(Operand(buffer: out)))
    }
    emit(
      GatedSumBackward(
        layer: value.name, shape: value.shape, gradient: materialised(gradient), logits: operands[0],
        a: operands[1], b: operands[2], toLogits: results[0], toA: results[1], toB: results[2]))
    return covered[current]!
  }
}
