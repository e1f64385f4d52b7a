import CKernels
import Networks

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

extension CPULowering {
  mutating func lowerGlobalAveragePool(_ value: Graph.Value) -> Stored {
    let x = materialised(value.inputs[0])
    let y = buffer(value.shape.count)
    emit(GlobalAveragePool(layer: value.name, input: graph[value.inputs[0]].shape, x: x, y: y))
    return .operand(Operand(buffer: y))
  }

  mutating func lowerGlobalAveragePoolGradient(_ value: Graph.Value) -> Stored {
    let out = disposableBuffer(value.shape.count, precision.activations)
    emit(
      GlobalAveragePoolBackward(
        layer: value.name, input: value.shape, gradient: materialised(value.inputs[0], as: .float32),
        out: out))
    return .operand(Operand(buffer: out))
  }
}
