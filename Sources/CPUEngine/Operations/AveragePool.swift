import CKernels
import Networks

/// Mean over windows; padding counts as zeros.
struct AveragePool: Instruction {
  let layer: String
  let x: Operand
  let input, output: Shape
  let window: Window
  let y: BufferID

  var reads: [BufferID] { x.reads }
  var writes: [BufferID] { [y] }
  var effort: Effort { Effort(prepared: output.count * window.taps) }

  func run(_ machine: CPUMachine) {
    var source = machine.source(x, input)
    var pooling = window.pooling(output)
    let y = machine.rows(y, channels: output.channels)
    let blocks = Blocks.pass(rows: output.rows, channels: output.channels)
    machine.pool.run(blocks.number) { block, _ in
      let rows = blocks.range(block)
      fk_window_mean(
        &source, &pooling, Int64(rows.lowerBound), Int64(rows.count), y.base, y.type, Int64(y.pitch))
    }
  }
}

struct AveragePoolBackward: Instruction {
  let layer: String
  let input, output: Shape
  let window: Window
  let gradient, out: BufferID

  var reads: [BufferID] { [gradient] }
  var writes: [BufferID] { [out] }
  var effort: Effort { Effort(prepared: output.count * window.taps) }

  func run(_ machine: CPUMachine) {
    var pooling = window.pooling(output)
    let gradient = machine.rows(gradient, channels: output.channels)
    let out = machine.elements(out)
    precondition(gradient.elementType == out.elementType, "a pooling and its gradients have one type")
    let blocks = Blocks.pass(rows: input.rows, channels: input.channels)
    machine.pool.run(blocks.number) { block, _ in
      let rows = blocks.range(block)
      fk_window_mean_backward(
        gradient.base, gradient.type, Int64(gradient.pitch), &pooling, Int32(input.height),
        Int32(input.width),
        Int32(input.channels), Int64(rows.lowerBound), Int64(rows.count), out.base)
    }
  }
}

extension CPULowering {
  /// A batch norm and a ReLU in front are applied as the windows are read.
  mutating func lowerAveragePool(_ value: Graph.Value, _ window: Window) -> Stored {
    let x = operand(value.inputs[0])
    let y = output(ValueID(index: current), type(x.buffer))
    emit(
      AveragePool(
        layer: value.name, x: x, input: graph[value.inputs[0]].shape, output: value.shape, window: window,
        y: y))
    return .operand(Operand(buffer: y))
  }

  mutating func lowerAveragePoolGradient(_ value: Graph.Value, _ window: Window) -> Stored {
    let gradient = plain(value.inputs[0])
    let out = disposableBuffer(value.shape.count, type(gradient))
    emit(
      AveragePoolBackward(
        layer: value.name, input: value.shape, output: graph[value.inputs[0]].shape, window: window,
        gradient: gradient, out: out))
    return .operand(Operand(buffer: out))
  }
}
