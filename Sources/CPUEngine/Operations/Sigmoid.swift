import CKernels
import Networks

/// A factor times the logistic function, and its derivative.
struct Sigmoid: Instruction {
  let layer: String
  let count: Int
  let factor: Float
  let x: BufferID
  /// The gradient of the result, for the derivative.
  let gradient: BufferID?
  let out: BufferID

  var reads: [BufferID] { [x] + (gradient.map { [$0] } ?? []) }
  var writes: [BufferID] { [out] }

  func run(_ machine: CPUMachine) {
    let blocks = Blocks(count: count, size: 1 << 14)
    machine.pool.run(blocks.number) { block, _ in
      let range = blocks.range(block)
      let at = range.lowerBound
      if let gradient {
        fk_sigmoid_backward(
          machine(x) + at, machine(gradient) + at, Int64(range.count), factor, machine(out) + at)
      } else {
        fk_sigmoid(machine(x) + at, Int64(range.count), factor, machine(out) + at)
      }
    }
  }
}

extension CPULowering {
  mutating func lowerSigmoid(_ value: Graph.Value, _ factor: Float) -> Stored {
    let out = buffer(value.shape.count)
    emit(
      Sigmoid(
        layer: value.name, count: value.shape.count, factor: factor,
        x: materialised(value.inputs[0], as: .float32), gradient: nil, out: out))
    return .operand(Operand(buffer: out))
  }

  mutating func lowerSigmoidGradient(_ value: Graph.Value, _ factor: Float) -> Stored {
    let out = disposableBuffer(value.shape.count, .float32)
    emit(
      Sigmoid(
        layer: value.name, count: value.shape.count, factor: factor,
        x: materialised(value.inputs[0], as: .float32),
        gradient: materialised(value.inputs[1], as: .float32), out: out))
    return .operand(Operand(buffer: out))
  }
}
