import CKernels
import Networks

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

extension CPULowering {
  mutating func lowerBias(_ value: Graph.Value, _ parameter: ParameterID) -> Stored {
    var x = materialised(value.inputs[0], as: .float32)
    if readers[value.inputs[0].index].count > 1 || buffers[x.index].input != nil {
      let copy = buffer(value.shape.count)
      emit(
        Combine(
          layer: value.name, shape: value.shape, a: Operand(buffer: x), b: nil, relu: false, out: copy))
      x = copy
    }
    emit(AddBias(layer: value.name, shape: value.shape, x: x, bias: parameter))
    return .operand(Operand(buffer: x))
  }

  mutating func lowerBiasGradient(_ value: Graph.Value, _ bias: ParameterID) -> Stored {
    let shape = graph[value.inputs[0]].shape
    emit(
      BiasGradient(
        layer: value.name, shape: shape, gradient: materialised(value.inputs[0], as: .float32), bias: bias))
    return .nothing
  }
}
