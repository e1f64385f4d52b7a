import CKernels
import Networks

/// Means under a grid of windows that covers the image.
struct AdaptiveAveragePool: Instruction {
  let layer: String
  let x: Operand
  let input, output: Shape
  let y: BufferID

  var reads: [BufferID] { x.reads }
  var writes: [BufferID] { [y] }
  /// At most two pixels more than a share of the image lie under each window, in each direction.
  var effort: Effort { Effort(prepared: input.count + 4 * output.count) }

  func run(_ machine: CPUMachine) {
    var source = machine.source(x, input)
    let y = machine.elements(y)
    let blocks = Blocks.pass(rows: output.rows, channels: output.channels)
    machine.pool.run(blocks.number) { block, _ in
      let rows = blocks.range(block)
      fk_grid_mean(
        &source, Int32(output.height), Int32(output.width), Int64(rows.lowerBound), Int64(rows.count), y.base,
        y.type)
    }
  }
}

struct AdaptiveAveragePoolBackward: Instruction {
  let layer: String
  let input, output: Shape
  let gradient, out: BufferID

  var reads: [BufferID] { [gradient] }
  var writes: [BufferID] { [out] }
  var effort: Effort { Effort(prepared: input.count + 4 * output.count) }

  func run(_ machine: CPUMachine) {
    let gradient = machine.elements(gradient)
    let out = machine.elements(out)
    precondition(gradient.elementType == out.elementType, "a pooling and its gradients have one type")
    let blocks = Blocks.pass(rows: input.rows, channels: input.channels)
    machine.pool.run(blocks.number) { block, _ in
      let rows = blocks.range(block)
      fk_grid_mean_backward(
        gradient.base, gradient.type, Int32(output.height), Int32(output.width), Int32(input.height),
        Int32(input.width), Int32(input.channels), Int64(rows.lowerBound), Int64(rows.count), out.base)
    }
  }
}

extension CPULowering {
  /// A batch norm and a ReLU in front are applied as the windows are read.
  mutating func lowerAdaptiveAveragePool(_ value: Graph.Value) -> Stored {
    let x = operand(value.inputs[0])
    let y = buffer(value.shape.count, type(x.buffer))
    emit(
      AdaptiveAveragePool(
        layer: value.name, x: x, input: graph[value.inputs[0]].shape, output: value.shape, y: y))
    return .operand(Operand(buffer: y))
  }

  mutating func lowerAdaptiveAveragePoolGradient(_ value: Graph.Value) -> Stored {
    let gradient = materialised(value.inputs[0])
    let out = disposableBuffer(value.shape.count, type(gradient))
    emit(
      AdaptiveAveragePoolBackward(
        layer: value.name, input: value.shape, output: graph[value.inputs[0]].shape, gradient: gradient,
        out: out))
    return .operand(Operand(buffer: out))
  }
}
