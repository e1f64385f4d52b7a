import CKernels
import Networks

/// Writes the vectors of a bias: the scale 1 and the shift b. Readers apply them as those of a batch norm.
struct BiasVectors: Instruction {
  let layer: String
  let bias: ParameterID
  let channels: Int
  let vectors: BufferID

  var reads: [BufferID] { [] }
  var writes: [BufferID] { [vectors] }

  func run(_ machine: CPUMachine) {
    let norm = NormVectors.view(machine(vectors), channels: channels)
    norm.scale.update(repeating: 1, count: channels)
    norm.shift.update(from: machine.store.value(bias), count: channels)
  }
}

/// Gradient of a bias: the sums of the gradient's columns. Where a ReLU is behind the bias, the same pass applies the
/// ReLU's derivative.
struct BiasBackward: Instruction {
  let layer: String
  let shape: Shape
  let gradient: BufferID
  /// The output of the ReLU behind the bias, and where the gradient in front of the ReLU is written. It may be the buffer
  /// of `gradient`. nil without a ReLU.
  let relu: (output: Operand, gradient: BufferID)?
  let bias: ParameterID
  /// Doubles `[blocks, C]`.
  let sums: BufferID

  private static func blocks(_ shape: Shape) -> Blocks { .pass(rows: shape.rows, channels: shape.channels) }

  /// Floats of the sums.
  static func sumsCount(_ shape: Shape) -> Int { 2 * blocks(shape).number * shape.channels }

  var reads: [BufferID] { [gradient] + (relu?.output.reads ?? []) }
  var writes: [BufferID] { [sums] + (relu.map { [$0.gradient] } ?? []) }

  func run(_ machine: CPUMachine) {
    let channels = shape.channels
    let gradient = machine.elements(gradient)
    let out = relu.map { machine.elements($0.gradient) }
    let sums = machine.doubles(sums)
    let blocks = Self.blocks(shape)
    machine.pool.run(stages: blocks.number, 1) { stage, block, _ in
      guard stage == 0 else {
        return fk_bias_backward_merge(sums, Int64(blocks.number), Int32(channels), machine.gradient(bias))
      }
      let rows = blocks.range(block)
      let at = rows.lowerBound * channels
      fk_bias_backward(
        gradient + at, gradient.type,
        machine.term(relu?.output, channels: channels, row: rows.lowerBound), Int64(rows.count),
        Int32(channels), out.map { $0 + at }, sums + block * channels)
    }
  }
}

/// Sets the gradient of a bias to 0.
struct NoBiasGradient: Instruction {
  let layer: String
  let channels: Int
  let bias: ParameterID

  var reads: [BufferID] { [] }
  var writes: [BufferID] { [] }

  func run(_ machine: CPUMachine) { machine.gradient(bias).update(repeating: 0, count: channels) }
}

extension CPULowering {
  /// A bias is no pass over memory: its readers add it as they load the value.
  mutating func lowerBias(_ value: Graph.Value, _ bias: ParameterID) -> Stored {
    let x = materialised(value.inputs[0])
    let vectors: BufferID
    if let known = biasVectors[bias] {
      vectors = known
    } else {
      vectors = buffer(NormVectors.count(channels: value.shape.channels))
      emit(BiasVectors(layer: value.name, bias: bias, channels: value.shape.channels, vectors: vectors))
      biasVectors[bias] = vectors
      if graph.biasBehindNorm(ValueID(index: current), readers: readers) != nil { biasesOfNorms.insert(bias) }
    }
    return .operand(Operand(buffer: x, norm: vectors))
  }

  mutating func lowerBiasGradient(_ value: Graph.Value, _ bias: ParameterID) -> Stored {
    let id = value.inputs[0]
    let shape = graph[id].shape
    // The batch norm behind the bias takes the mean away, so the loss does not depend on the bias.
    if case .batchNormGradient = graph[id].operation {
      emit(NoBiasGradient(layer: value.name, channels: shape.channels, bias: bias))
      return .nothing
    }
    let sums = buffer(BiasBackward.sumsCount(shape))
    guard case .behindRelu(let gradient, let output) = stored[id.index] else {
      emit(
        BiasBackward(
          layer: value.name, shape: shape, gradient: materialised(id), relu: nil, bias: bias, sums: sums))
      return .nothing
    }
    let out = disposable.contains(gradient) ? gradient : disposableBuffer(shape.count, type(gradient))
    emit(
      BiasBackward(
        layer: value.name, shape: shape, gradient: gradient, relu: (output, out), bias: bias, sums: sums))
    stored[id.index] = .operand(Operand(buffer: out))
    return .nothing
  }

  /// Whether the current value is first read by the derivative of the bias that the operand adds.
  func isReadByBiasFirst(_ operand: Operand) -> Bool {
    guard let first = readers[current].first, case .biasGradient(let step) = graph.values[first].operation
    else { return false }
    return operand.norm == biasVectors[step.bias]
  }

  /// The bias of a value that a batch norm reads without it; nil for other values.
  func biasOfNorm(_ id: ValueID) -> ParameterID? {
    guard case .bias(let layer) = graph[id].operation, biasesOfNorms.contains(layer.bias) else { return nil }
    return layer.bias
  }

  /// The buffer that a batch norm reads: without the bias in front of it, if only batch norms read that.
  mutating func normInput(_ id: ValueID) -> BufferID {
    guard biasOfNorm(id) != nil, case .operand(let operand) = stored[id.index] else {
      return plain(id)
    }
    return operand.buffer
  }
}
