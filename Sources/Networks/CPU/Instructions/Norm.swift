import CKernels

/// Moments of a value that no convolution has just stored.
struct ColumnMoments: Instruction {
  let layer: String
  let x: BufferID
  let shape: Shape
  /// Doubles `[blocks, C, 2]`.
  let moments: BufferID

  var blocks: Blocks { .pass(rows: shape.rows, channels: shape.channels) }
  var reads: [BufferID] { [x] }
  var writes: [BufferID] { [moments] }

  func run(_ machine: CPUMachine) {
    let x = machine.elements(x)
    let moments = machine.doubles(moments)
    machine.pool.run(blocks.number) { block, _ in
      let rows = blocks.range(block)
      fk_column_moments(
        x + rows.lowerBound * shape.channels, x.type, Int64(rows.count), Int64(shape.channels), 0,
        Int32(shape.channels), moments + 2 * block * shape.channels)
    }
  }
}

/// The vectors of a batch norm from the moments of its input; updates the running statistics.
struct NormFinish: Instruction {
  let layer: String
  let norm: BatchNorm
  let moments: BufferID
  /// How the moments were taken.
  let rowBlocks: Blocks
  let channels: Int
  let vectors: BufferID

  var reads: [BufferID] { [moments] }
  var writes: [BufferID] { [vectors] }

  func run(_ machine: CPUMachine) {
    let columns = Blocks(count: channels, size: 64)
    machine.pool.run(columns.number) { block, _ in
      let range = columns.range(block)
      fk_norm_finish(
        machine.doubles(moments), Int64(rowBlocks.number), Int64(rowBlocks.size), Int64(rowBlocks.count),
        Int32(channels), Int32(range.lowerBound), Int32(range.upperBound), machine.store.value(norm.scale),
        machine.store.value(norm.shift), norm.epsilon, norm.momentum,
        machine.store.statistic(norm.runningMean), machine.store.statistic(norm.runningVariance),
        NormVectors.view(machine(vectors), channels: channels))
    }
  }
}

/// The vectors of a batch norm from its running statistics.
struct NormFrozen: Instruction {
  let layer: String
  let norm: BatchNorm
  let channels: Int
  let vectors: BufferID

  var reads: [BufferID] { [] }
  var writes: [BufferID] { [vectors] }

  func run(_ machine: CPUMachine) {
    fk_norm_frozen(
      machine.store.statistic(norm.runningMean), machine.store.statistic(norm.runningVariance),
      machine.store.value(norm.scale), machine.store.value(norm.shift), norm.epsilon, Int32(channels),
      NormVectors.view(machine(vectors), channels: channels))
  }
}

/// Backward pass of a batch norm, and of the ReLU behind it: two passes over the gradient and the input.
struct NormBackward: Instruction {
  let layer: String
  let norm: BatchNorm
  let isFrozen: Bool
  let shape: Shape
  let gradient: BufferID
  /// The layer's input.
  let x: BufferID
  let vectors: BufferID
  /// Whether the gradient is that of a ReLU behind the layer.
  let relu: Bool
  /// May be the gradient's buffer.
  let out: BufferID
  /// Doubles `[blocks, C, 2]`, then floats `[2, C]`.
  let workspace: BufferID

  private static func blocks(_ shape: Shape) -> Blocks { .pass(rows: shape.rows, channels: shape.channels) }

  /// Floats of the workspace.
  static func workspaceCount(_ shape: Shape) -> Int {
    (4 * blocks(shape).number + 2) * shape.channels
  }

  var reads: [BufferID] { [gradient, x, vectors] }
  var writes: [BufferID] { [out, workspace] }
  /// The second pass visits the gradient and the input again.
  var effort: Effort { Effort(revisits: [gradient, x]) }

  func run(_ machine: CPUMachine) {
    let channels = shape.channels
    let blocks = Self.blocks(shape)
    let g = machine.elements(gradient)
    let x = machine.elements(x)
    let out = machine.elements(out)
    precondition(
      g.elementType == x.elementType && out.elementType == x.elementType,
      "a batch norm and its gradients have one type")
    let sums = machine.doubles(workspace)
    let slope = machine(workspace) + 4 * blocks.number * channels
    let offset = slope + channels
    let vectors = NormVectors.view(machine(vectors), channels: channels)
    let mask: Int32 = relu ? 1 : 0
    let columns = Blocks(count: channels, size: 64)
    machine.pool.run(stages: blocks.number, columns.number, blocks.number) { stage, task, _ in
      guard stage != 1 else {
        let range = columns.range(task)
        return fk_norm_backward_finish(
          sums, Int64(blocks.number), Int64(shape.rows), Int32(channels), Int32(range.lowerBound),
          Int32(range.upperBound), vectors, isFrozen ? 1 : 0, machine.gradient(norm.scale),
          machine.gradient(norm.shift), slope, offset)
      }
      let rows = blocks.range(task)
      let at = rows.lowerBound * channels
      if stage == 0 {
        fk_norm_backward_sums(
          g + at, x + at, x.type, Int64(rows.count), Int32(channels), vectors, mask,
          sums + 2 * task * channels)
      } else {
        fk_norm_backward_apply(
          g + at, x + at, x.type, Int64(rows.count), Int32(channels), vectors, mask, slope, offset, out + at)
      }
    }
  }
}
