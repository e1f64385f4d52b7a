import CKernels
import Networks

/// Layer normalisation over the channels of each pixel.
struct LayerNorm: Instruction {
  let layer: String
  let norm: Operation.LayerNorm
  let shape: Shape
  let x: Operand
  let out: BufferID

  var reads: [BufferID] { x.reads }
  var writes: [BufferID] { [out] }
  var effort: Effort { Effort(prepared: 2 * shape.count) }

  func run(_ machine: CPUMachine) {
    let channels = shape.channels
    let blocks = Blocks.pass(rows: shape.rows, channels: channels)
    machine.pool.run(blocks.number) { block, _ in
      let rows = blocks.range(block)
      fk_layer_norm(
        machine.term(x, channels: channels, row: rows.lowerBound), Int64(rows.count), Int32(channels),
        machine.store.value(norm.scale), machine.store.value(norm.shift), norm.epsilon,
        machine.result(out, at: rows.lowerBound * channels))
    }
  }
}

/// Backward pass of a layer norm. Sums of a block of rows are kept in double and added up in order of blocks.
struct LayerNormBackward: Instruction {
  let layer: String
  let norm: Operation.LayerNorm
  let shape: Shape
  let x: Operand
  let gradient: BufferID
  let out: BufferID
  /// Doubles `[blocks, 2, C]`.
  let workspace: BufferID

  private static func blocks(_ shape: Shape) -> Blocks { .pass(rows: shape.rows, channels: shape.channels) }

  /// Floats of the workspace.
  static func workspaceCount(_ shape: Shape) -> Int { 4 * blocks(shape).number * shape.channels }

  var reads: [BufferID] { x.reads + [gradient] }
  var writes: [BufferID] { [out, workspace] }
  var effort: Effort { Effort(prepared: 4 * shape.count) }

  func run(_ machine: CPUMachine) {
    let channels = shape.channels
    let blocks = Self.blocks(shape)
    let sums = machine.doubles(workspace)
    machine.pool.run(blocks.number) { block, _ in
      let rows = blocks.range(block)
      fk_layer_norm_backward(
        machine.term(x, channels: channels, row: rows.lowerBound),
        machine.term(Operand(buffer: gradient), channels: channels, row: rows.lowerBound), Int64(rows.count),
        Int32(channels), machine.store.value(norm.scale), norm.epsilon,
        machine.result(out, at: rows.lowerBound * channels), sums + 2 * block * channels)
    }
    fk_layer_norm_merge(
      sums, Int64(blocks.number), Int32(channels), machine.gradient(norm.scale), machine.gradient(norm.shift))
  }
}

extension CPULowering {
  mutating func lowerLayerNorm(_ value: Graph.Value, _ norm: Operation.LayerNorm) -> Stored {
    let x = denseOperand(value.inputs[0])
    let out = buffer(value.shape.count, type(x.buffer))
    emit(LayerNorm(layer: value.name, norm: norm, shape: value.shape, x: x, out: out))
    return .operand(Operand(buffer: out))
  }

  mutating func lowerLayerNormGradient(_ value: Graph.Value, _ norm: Operation.LayerNorm) -> Stored {
    let x = denseOperand(value.inputs[0])
    let out = disposableBuffer(value.shape.count, type(x.buffer))
    emit(
      LayerNormBackward(
        layer: value.name, norm: norm, shape: value.shape, x: x, gradient: materialised(value.inputs[1]),
        out: out, workspace: buffer(LayerNormBackward.workspaceCount(value.shape))))
    return .operand(Operand(buffer: out))
  }
}
