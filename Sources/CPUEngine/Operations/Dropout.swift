import CKernels
import Networks

/// Dropout and its derivative. The mask depends on the seed, the step, the layer and the element's index among the
/// samples of all ranks. It is not stored: the derivative computes it again.
struct Dropout: Instruction {
  let layer: String
  let shape: Shape
  let input: BufferID
  let out: BufferID
  let rate: Float
  /// Number of the dropout layer in the network, from 0.
  let number: Int

  var reads: [BufferID] { [input] }
  var writes: [BufferID] { [out] }

  func run(_ machine: CPUMachine) {
    let run = machine.seed &* 0x9E37_79B9_7F4A_7C15 ^ machine.step
    let key = run &* 0xBF58_476D_1CE4_E5B9 &+ UInt64(number)
    let before = (machine.ranks?.samplesBefore ?? 0) * shape.pixels * shape.channels
    let blocks = Blocks(count: shape.count, size: 1 << 16)
    machine.pool.run(blocks.number) { block, _ in
      let range = blocks.range(block)
      fk_dropout(
        machine(input) + range.lowerBound, Int64(before + range.lowerBound), Int64(range.count), key, rate,
        machine(out) + range.lowerBound)
    }
  }
}

extension CPULowering {
  mutating func lowerDropout(_ value: Graph.Value, _ rate: Float) -> Stored {
    if mode == .inference { return stored[value.inputs[0].index] }
    let x = materialised(value.inputs[0], as: .float32)
    let y = buffer(value.shape.count)
    dropouts[current] = dropouts.count
    emit(
      Dropout(
        layer: value.name, shape: value.shape, input: x, out: y, rate: rate, number: dropouts[current]!))
    return .operand(Operand(buffer: y))
  }

  mutating func lowerDropoutGradient(_ value: Graph.Value, _ rate: Float, _ forward: ValueID) -> Stored {
    let out = disposableBuffer(value.shape.count, .float32)
    emit(
      Dropout(
        layer: value.name, shape: value.shape, input: materialised(value.inputs[0], as: .float32), out: out,
        rate: rate, number: dropouts[forward.index]!))
    return .operand(Operand(buffer: out))
  }
}
