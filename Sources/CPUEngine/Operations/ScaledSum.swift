import CKernels
import Networks

/// Σ wᵢ xᵢ with a weight for each channel of each image.
struct ScaledSum: Instruction {
  let layer: String
  let shape: Shape
  let weights: BufferID
  /// Channels of the weights of an image, and the first that belongs to the first term.
  let weightChannels, begin: Int
  let terms: [Operand]
  let out: BufferID

  var reads: [BufferID] { [weights] + terms.flatMap(\.reads) }
  var writes: [BufferID] { [out] }

  func run(_ machine: CPUMachine) {
    let (pixels, channels) = (shape.pixels, shape.channels)
    let blocks = Blocks.pass(rows: pixels, channels: channels)
    machine.pool.run(shape.batch * blocks.number) { task, _ in
      let image = task / blocks.number
      let rows = blocks.range(task % blocks.number)
      let row = image * pixels + rows.lowerBound
      withUnsafeTemporaryAllocation(of: fk_term.self, capacity: terms.count) { memory in
        for (index, operand) in terms.enumerated() {
          memory.initializeElement(at: index, to: machine.term(operand, channels: channels, row: row))
        }
        fk_scaled_sum(
          memory.baseAddress!, Int32(terms.count), machine(weights) + image * weightChannels + begin,
          Int64(rows.count), Int32(channels), machine.result(out, at: row * channels))
      }
    }
  }
}

/// Sums of the products of two values over the pixels of each image.
struct ProductSum: Instruction {
  let layer: String
  let input: Shape
  let a, b: Operand
  let out: BufferID

  var reads: [BufferID] { a.reads + b.reads }
  var writes: [BufferID] { [out] }

  func run(_ machine: CPUMachine) {
    let channels = input.channels
    let columns = Blocks(count: channels, size: 64)
    machine.pool.run(input.batch * columns.number) { task, _ in
      let image = task / columns.number
      let range = columns.range(task % columns.number)
      let row = image * input.pixels
      fk_product_sums(
        machine.term(a, channels: channels, row: row), machine.term(b, channels: channels, row: row),
        Int64(input.pixels), Int32(channels), Int32(range.lowerBound), Int32(range.upperBound),
        machine(out) + image * channels)
    }
  }
}

extension CPULowering {
  mutating func lowerScaledSum(_ value: Graph.Value, _ begin: Int) -> Stored {
    let terms = value.inputs.dropFirst().map { denseOperand($0) }
    let out = disposableBuffer(value.shape.count, type(terms))
    emit(
      ScaledSum(
        layer: value.name, shape: value.shape, weights: materialised(value.inputs[0], as: .float32),
        weightChannels: graph[value.inputs[0]].shape.channels, begin: begin, terms: terms, out: out))
    return .operand(Operand(buffer: out))
  }

  mutating func lowerProductSum(_ value: Graph.Value) -> Stored {
    let out = disposableBuffer(value.shape.count, .float32)
    emit(
      ProductSum(
        layer: value.name, input: graph[value.inputs[0]].shape, a: denseOperand(value.inputs[0]),
        b: denseOperand(value.inputs[1]), out: out))
    return .operand(Operand(buffer: out))
  }
}
