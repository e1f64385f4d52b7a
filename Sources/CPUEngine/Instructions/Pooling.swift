import CKernels
import Networks

extension Window {
  /// The window as the pooling kernels want it, for an input image.
  fileprivate func pooling(_ output: Shape) -> fk_pool_window {
    fk_pool_window(
      height: Int32(height), width: Int32(width), stride: Int32(stride), padding: Int32(padding),
      rows: Int32(output.height), columns: Int32(output.width))
  }
}

/// Maximum over windows; keeps the place of each maximum (one byte) when a backward pass follows.
struct MaxPool: Instruction {
  let layer: String
  let x: Operand
  let input, output: Shape
  let window: Window
  let y: BufferID
  let places: BufferID?

  /// Floats that hold one byte an output element.
  static func placesCount(_ output: Shape) -> Int { (output.count + 3) / 4 }

  var reads: [BufferID] { x.reads }
  var writes: [BufferID] { places.map { [y, $0] } ?? [y] }
  var effort: Effort { Effort(prepared: output.count * window.taps) }

  func run(_ machine: CPUMachine) {
    var source = machine.source(x, input)
    var pooling = window.pooling(output)
    let y = machine.elements(y)
    let places = places.map { UnsafeMutableRawPointer(machine($0)).assumingMemoryBound(to: UInt8.self) }
    let blocks = Blocks.pass(rows: output.rows, channels: output.channels)
    machine.pool.run(blocks.number) { block, _ in
      let rows = blocks.range(block)
      fk_max_pool(&source, &pooling, Int64(rows.lowerBound), Int64(rows.count), y.base, y.type, places)
    }
  }
}

struct MaxPoolBackward: Instruction {
  let layer: String
  let input, output: Shape
  let window: Window
  let gradient: BufferID
  let places: BufferID
  let out: BufferID

  var reads: [BufferID] { [gradient, places] }
  var writes: [BufferID] { [out] }
  var effort: Effort { Effort(prepared: output.count * window.taps) }

  func run(_ machine: CPUMachine) {
    var pooling = window.pooling(output)
    let places = UnsafeMutableRawPointer(machine(places)).assumingMemoryBound(to: UInt8.self)
    let gradient = machine.elements(gradient)
    let out = machine.elements(out)
    precondition(gradient.elementType == out.elementType, "a pooling and its gradients have one type")
    let blocks = Blocks.pass(rows: input.rows, channels: input.channels)
    machine.pool.run(blocks.number) { block, _ in
      let rows = blocks.range(block)
      fk_max_pool_backward(
        gradient.base, gradient.type, places, &pooling, Int32(input.height), Int32(input.width),
        Int32(input.channels), Int64(rows.lowerBound), Int64(rows.count), out.base)
    }
  }
}

/// Mean over height and width, and its derivative.
struct GlobalAveragePool: Instruction {
  let layer: String
  let input: Shape
  let x, y: BufferID

  var reads: [BufferID] { [x] }
  var writes: [BufferID] { [y] }

  func run(_ machine: CPUMachine) {
    let x = machine.elements(x)
    machine.pool.run(input.batch) { image, _ in
      fk_average_pool(
        x + image * input.pixels * input.channels, x.type, Int64(input.pixels), Int32(input.channels),
        machine(y) + image * input.channels)
    }
  }
}

struct GlobalAveragePoolBackward: Instruction {
  let layer: String
  let input: Shape
  let gradient, out: BufferID

  var reads: [BufferID] { [gradient] }
  var writes: [BufferID] { [out] }

  func run(_ machine: CPUMachine) {
    let out = machine.elements(out)
    machine.pool.run(input.batch) { image, _ in
      fk_average_pool_backward(
        machine(gradient) + image * input.channels, Int64(input.pixels), Int32(input.channels),
        out + image * input.pixels * input.channels, out.type)
    }
  }
}
