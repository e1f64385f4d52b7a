import CKernels
import Networks

extension Window {
  /// The window as an argument of the pooling kernels, for an output of this shape.
  func pooling(_ output: Shape) -> fk_pool_window {
    fk_pool_window(
      height: Int32(height), width: Int32(width), stride: Int32(stride), padding: Int32(padding),
      rows: Int32(output.height), columns: Int32(output.width))
  }
}

/// Maximum over windows. In a training program it also keeps the place of each maximum in its window, one byte each.
struct MaxPool: Instruction {
  let layer: String
  let x: Operand
  let input, output: Shape
  let window: Window
  let y: BufferID
  let places: BufferID?

  /// Floats that hold one byte for each output element.
  static func placesCount(_ output: Shape) -> Int { (output.count + 3) / 4 }

  var reads: [BufferID] { x.reads }
  var writes: [BufferID] { places.map { [y, $0] } ?? [y] }
  var effort: Effort { Effort(prepared: output.count * window.taps) }

  func run(_ machine: CPUMachine) {
    var source = machine.source(x, input)
    var pooling = window.pooling(output)
    let y = machine.rows(y, channels: output.channels)
    let places = places.map { UnsafeMutableRawPointer(machine($0)).assumingMemoryBound(to: UInt8.self) }
    let blocks = Blocks.pass(rows: output.rows, channels: output.channels)
    machine.pool.run(blocks.number) { block, _ in
      let rows = blocks.range(block)
      fk_max_pool(
        &source, &pooling, Int64(rows.lowerBound), Int64(rows.count), y.base, y.type, Int64(y.pitch), places)
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
    let gradient = machine.rows(gradient, channels: output.channels)
    let out = machine.elements(out)
    precondition(gradient.elementType == out.elementType, "a pooling and its gradients have one type")
    let blocks = Blocks.pass(rows: input.rows, channels: input.channels)
    machine.pool.run(blocks.number) { block, _ in
      let rows = blocks.range(block)
      fk_max_pool_backward(
        gradient.base, gradient.type, Int64(gradient.pitch), places, &pooling, Int32(input.height),
        Int32(input.width),
        Int32(input.channels), Int64(rows.lowerBound), Int64(rows.count), out.base)
    }
  }
}

extension CPULowering {
  mutating func lowerMaxPool(_ value: Graph.Value, _ window: Window) -> Stored {
    precondition(window.taps <= 256, "\(value.name): a pooling window has at most 256 pixels")
    let x = operand(value.inputs[0])
    let y = output(ValueID(index: current), type(x.buffer))
    if mode == .training { places[current] = buffer(MaxPool.placesCount(value.shape)) }
    emit(
      MaxPool(
        layer: value.name, x: x, input: graph[value.inputs[0]].shape, output: value.shape, window: window,
        y: y, places: places[current]))
    return .operand(Operand(buffer: y))
  }

  mutating func lowerMaxPoolGradient(_ value: Graph.Value, _ window: Window, _ forward: ValueID) -> Stored {
    let gradient = plain(value.inputs[0])
    let out = disposableBuffer(value.shape.count, type(gradient))
    emit(
      MaxPoolBackward(
        layer: value.name, input: value.shape, output: graph[forward].shape, window: window,
        gradient: gradient, places: places[forward.index]!, out: out))
    return .operand(Operand(buffer: out))
  }
}
