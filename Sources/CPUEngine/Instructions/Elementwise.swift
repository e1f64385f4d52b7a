import CKernels
import Networks

/// out = relu?(weightA · map(a) + weightB · map(b)): whatever was left to be applied on load is applied here.
struct Combine: Instruction {
  let layer: String
  let shape: Shape
  let a: Operand
  let b: Operand?
  var weightA: Float = 1
  var weightB: Float = 1
  let relu: Bool
  let out: BufferID

  var reads: [BufferID] { a.reads + (b?.reads ?? []) }
  var writes: [BufferID] { [out] }

  func run(_ machine: CPUMachine) {
    let channels = shape.channels
    let out = machine.elements(out)
    let blocks = Blocks.pass(rows: shape.rows, channels: channels)
    machine.pool.run(blocks.number) { block, _ in
      let rows = blocks.range(block)
      fk_combine(
        machine.term(a, channels: channels, row: rows.lowerBound, weight: weightA),
        machine.term(b, channels: channels, row: rows.lowerBound, weight: weightB), Int64(rows.count),
        Int32(channels), relu ? 1 : 0, out + rows.lowerBound * channels, out.type)
    }
  }
}

/// out = a + b where the mask is positive, 0 elsewhere: a sum of gradients through a ReLU.
struct AddMasked: Instruction {
  let layer: String
  let count: Int
  let a: BufferID
  let b: BufferID?
  let mask: BufferID?
  let out: BufferID

  var reads: [BufferID] { [a] + [b, mask].compactMap { $0 } }
  var writes: [BufferID] { [out] }

  func run(_ machine: CPUMachine) {
    let a = machine.elements(a)
    let b = b.map(machine.elements)
    let mask = mask.map(machine.elements)
    let out = machine.elements(out)
    precondition(
      [b, mask, out].allSatisfy { $0 == nil || $0!.elementType == a.elementType },
      "gradients are added in one type")
    let blocks = Blocks(count: count, size: 1 << 16)
    machine.pool.run(blocks.number) { block, _ in
      let range = blocks.range(block)
      let at = range.lowerBound
      fk_add_masked(a + at, b.map { $0 + at }, mask.map { $0 + at }, a.type, Int64(range.count), out + at)
    }
  }
}

/// Copies channels of one value into channels of another, scaled: concatenation, slices, scaling.
struct CopyChannels: Instruction {
  let layer: String
  let rows: Int
  let input: BufferID
  let inputChannels: Int
  var inputBegin = 0
  let out: BufferID
  let outChannels: Int
  var outBegin = 0
  let channels: Int
  var scale: Float = 1

  var reads: [BufferID] { [input] }
  var writes: [BufferID] { [out] }

  func run(_ machine: CPUMachine) {
    let input = machine.elements(input)
    let out = machine.elements(out)
    let blocks = Blocks.pass(rows: rows, channels: channels)
    machine.pool.run(blocks.number) { block, _ in
      let range = blocks.range(block)
      fk_copy_channels(
        input + range.lowerBound * inputChannels, input.type, Int32(inputChannels), Int32(inputBegin),
        out + range.lowerBound * outChannels, out.type, Int32(outChannels), Int32(outBegin), Int32(channels),
        Int64(range.count), scale)
    }
  }
}

/// x += bias, in place.
struct AddBias: Instruction {
  let layer: String
  let shape: Shape
  let x: BufferID
  let bias: ParameterID

  var reads: [BufferID] { [x] }
  var writes: [BufferID] { [x] }

  func run(_ machine: CPUMachine) {
    let blocks = Blocks.pass(rows: shape.rows, channels: shape.channels)
    machine.pool.run(blocks.number) { block, _ in
      let rows = blocks.range(block)
      fk_add_bias(
        machine(x) + rows.lowerBound * shape.channels, machine.store.value(bias), Int64(rows.count),
        Int32(shape.channels))
    }
  }
}

/// Gradient of a bias: column sums.
struct BiasGradient: Instruction {
  let layer: String
  let shape: Shape
  let gradient: BufferID
  let bias: ParameterID

  var reads: [BufferID] { [gradient] }
  var writes: [BufferID] { [] }

  func run(_ machine: CPUMachine) {
    fk_column_sums(
      machine(gradient), Int64(shape.rows), Int32(shape.channels), machine.gradient(bias))
  }
}

/// Dropout and its derivative: the mask is a function of seed, step, layer and place among the samples of all
/// ranks, and is computed again.
struct Dropout: Instruction {
  let layer: String
  let shape: Shape
  let input: BufferID
  let out: BufferID
  let rate: Float
  /// Tells the dropout layers of a network apart.
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

/// The loss of a batch and its gradient with respect to the logits.
struct LossAndGradient: Instruction {
  let layer: String
  let loss: Loss
  let shape: Shape
  let logits: BufferID
  let targets: BufferID
  let gradient: BufferID
  /// Place among the losses of the program.
  let number: Int

  var reads: [BufferID] { [logits, targets] }
  var writes: [BufferID] { [gradient] }

  /// Whether neither the loss of the last run nor what it was computed from is NaN or infinite, on any rank.
  func isFinite(_ machine: CPUMachine) -> Bool {
    let logits = UnsafeBufferPointer(start: machine(logits), count: shape.count)
    let isFinite = machine.losses[number].isFinite && logits.allSatisfy(\.isFinite)
    guard let ranks = machine.ranks else { return isFinite }
    var bad = isFinite ? 0.0 : 1
    withUnsafeMutablePointer(to: &bad) { ranks.sum(UnsafeMutableBufferPointer(start: $0, count: 1)) }
    return bad == 0
  }

  func run(_ machine: CPUMachine) {
    machine.losses[number] = loss.evaluate(
      logits: machine(logits), targets: machine(targets), samples: shape.rows, classes: shape.channels,
      of: machine.ranks?.samples, gradient: machine(gradient))
  }
}
