import CKernels
import Networks

/// Mean and squared deviations of each channel, for a value whose moments no convolution took as it stored it.
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
    let x = machine.rows(x, channels: shape.channels)
    let moments = machine.doubles(moments)
    machine.pool.run(blocks.number) { block, _ in
      let rows = blocks.range(block)
      fk_column_moments(
        x.at(rows.lowerBound), x.type, Int64(rows.count), Int64(x.pitch), 0,
        Int32(shape.channels), moments + 2 * block * shape.channels)
    }
  }
}

/// Merges the moments of blocks of rows, for values that several batch norms read.
struct MergeMoments: Instruction {
  let layer: String
  /// Doubles `[blocks, C, 2]`.
  let moments: BufferID
  /// Blocks of rows that the moments were taken of.
  let rowBlocks: Blocks
  let channels: Int
  /// Doubles `[., 2]`: the moments of all rows, from channel `begin` on.
  let out: BufferID
  let begin: Int

  var reads: [BufferID] { [moments] }
  var writes: [BufferID] { [out] }

  func run(_ machine: CPUMachine) {
    let columns = Blocks(count: channels, size: 64)
    machine.pool.run(columns.number) { block, _ in
      let range = columns.range(block)
      fk_norm_merge(
        machine.doubles(moments), Int64(rowBlocks.number), Int64(rowBlocks.size), Int64(rowBlocks.count),
        Int32(channels), Int32(range.lowerBound), Int32(range.upperBound), machine.doubles(out) + 2 * begin)
    }
  }
}

/// Computes the vectors of a batch norm from the moments of its input, and updates the running statistics.
struct NormFinish: Instruction {
  let layer: String
  let norm: Operation.BatchNorm
  let shape: Shape
  let moments: BufferID
  /// Blocks of rows that the moments were taken of.
  let rowBlocks: Blocks
  /// A bias that is in the layer's input, but not in the numbers that the moments were taken of.
  let bias: ParameterID?
  let vectors: BufferID

  private var columns: Blocks { Blocks(count: shape.channels, size: 64) }
  var reads: [BufferID] { [moments] }
  var writes: [BufferID] { [vectors] }
  /// Doubles `[C, 2]`: the moments of all rows. All threads use the scratch space of thread 0.
  var scratch: Int { 4 * shape.channels }

  func run(_ machine: CPUMachine) {
    let merged = UnsafeMutableRawPointer(machine.scratch(0)).assumingMemoryBound(to: Double.self)
    guard let ranks = machine.ranksOfStatistics else {
      return machine.pool.run(columns.number) { block, _ in
        merge(columns.range(block), into: merged, machine)
        finish(columns.range(block), merged, rows: shape.rows, machine)
      }
    }
    machine.pool.run(columns.number) { block, _ in merge(columns.range(block), into: merged, machine) }
    let rows = ranks.samples * shape.pixels
    exchange(UnsafeMutableBufferPointer(start: merged, count: 2 * shape.channels), rows: rows, ranks)
    machine.pool.run(columns.number) { block, _ in
      finish(columns.range(block), merged, rows: rows, machine)
    }
  }

  private func merge(
    _ range: Range<Int>, into merged: UnsafeMutablePointer<Double>, _ machine: CPUMachine
  ) {
    fk_norm_merge(
      machine.doubles(moments), Int64(rowBlocks.number), Int64(rowBlocks.size), Int64(rowBlocks.count),
      Int32(shape.channels), Int32(range.lowerBound), Int32(range.upperBound), merged)
  }

  /// Replaces the moments of this rank's rows by the moments of the rows of all ranks.
  ///
  /// The ranks sum squares about zero, not about a mean. With a mean of 1000 standard deviations that costs the
  /// variance 20 of a double's 53 binary digits; 33 remain, and a float has 24.
  private func exchange(
    _ moments: UnsafeMutableBufferPointer<Double>, rows: Int, _ ranks: any RankReduction
  ) {
    for c in 0..<shape.channels {
      let (mean, squares) = (moments[2 * c], moments[2 * c + 1])
      moments[2 * c] = Double(shape.rows) * mean
      moments[2 * c + 1] = squares + Double(shape.rows) * mean * mean
    }
    ranks.sum(moments)
    for c in 0..<shape.channels {
      let mean = moments[2 * c] / Double(rows)
      let squares = moments[2 * c + 1] - moments[2 * c] * mean
      moments[2 * c] = mean
      // Rounding may make the squares of a constant channel negative. NaN stays NaN.
      moments[2 * c + 1] = squares < 0 ? 0 : squares
    }
  }

  private func finish(
    _ range: Range<Int>, _ moments: UnsafePointer<Double>, rows: Int, _ machine: CPUMachine
  ) {
    fk_norm_finish(
      moments, Int64(rows), Int32(range.lowerBound), Int32(range.upperBound),
      machine.store.value(norm.scale), machine.store.value(norm.shift), norm.epsilon, norm.momentum,
      bias.map { UnsafePointer(machine.store.value($0)) },
      machine.store.statistic(norm.runningMean), machine.store.statistic(norm.runningVariance),
      NormVectors.view(machine(vectors), channels: shape.channels))
  }
}

/// Computes the vectors of a batch norm from its running statistics.
struct NormFrozen: Instruction {
  let layer: String
  let norm: Operation.BatchNorm
  let channels: Int
  /// A bias that is in the layer's input, but not in the numbers to which the vectors are applied.
  var bias: ParameterID?
  let vectors: BufferID

  var reads: [BufferID] { [] }
  var writes: [BufferID] { [vectors] }

  func run(_ machine: CPUMachine) {
    fk_norm_frozen(
      machine.store.statistic(norm.runningMean), machine.store.statistic(norm.runningVariance),
      machine.store.value(norm.scale), machine.store.value(norm.shift),
      bias.map { UnsafePointer(machine.store.value($0)) }, norm.epsilon, Int32(channels),
      NormVectors.view(machine(vectors), channels: channels))
  }
}

/// Backward pass of a batch norm, and of the ReLU behind it if `relu`: two passes over the gradient and the input.
struct NormBackward: Instruction {
  let layer: String
  let norm: Operation.BatchNorm
  let shape: Shape
  let gradient: BufferID
  /// The batch norm's input.
  let x: BufferID
  let vectors: BufferID
  /// Whether the gradient belongs to the output of a ReLU behind the batch norm.
  let relu: Bool
  /// Gradient of the input; may be the buffer of `gradient`.
  let out: BufferID
  /// Whether the gradient is added to what `out` holds.
  let adds: Bool
  /// Doubles `[blocks, C, 2]`, then floats `[2, C]`.
  let workspace: BufferID

  private static func blocks(_ shape: Shape) -> Blocks { .pass(rows: shape.rows, channels: shape.channels) }

  /// Floats of the workspace.
  static func workspaceCount(_ shape: Shape) -> Int {
    (4 * blocks(shape).number + 2) * shape.channels
  }

  var reads: [BufferID] { [gradient, x, vectors] + (adds ? [out] : []) }
  var writes: [BufferID] { [out, workspace] }
  /// The second pass visits the gradient and the input again.
  var effort: Effort { Effort(revisits: [gradient, x]) }

  func run(_ machine: CPUMachine) {
    let task = Task(self, machine)
    let (rows, columns) = (task.blocks.number, task.columns.number)
    guard let ranks = machine.ranksOfStatistics else {
      return machine.pool.run(stages: rows, columns, rows) { stage, number, _ in
        switch stage {
        case 0: task.sum(number)
        case 1:
          task.merge(number)
          task.finish(number, rows: shape.rows)
        default: task.apply(number)
        }
      }
    }
    machine.pool.run(stages: rows, columns) { stage, number, _ in
      if stage == 0 { task.sum(number) } else { task.merge(number) }
    }
    // The gradients of scale and shift are set by now, from this rank's samples: they are summed over the ranks
    // together with the gradients of all parameters.
    ranks.sum(UnsafeMutableBufferPointer(start: task.sums, count: 2 * shape.channels))
    machine.pool.run(stages: columns, rows) { stage, number, _ in
      if stage == 0 {
        task.finish(number, rows: ranks.samples * shape.pixels)
      } else {
        task.apply(number)
      }
    }
  }

  /// The stages of a run; each handles one block of rows or of columns.
  private struct Task {
    let norm: NormBackward
    let blocks: Blocks
    let columns: Blocks
    let gradient, x, out: Rows
    let sums: UnsafeMutablePointer<Double>
    let slope, offset: UnsafeMutablePointer<Float>
    let gammaGradient, betaGradient: UnsafeMutablePointer<Float>
    let vectors: fk_norm
    let mask: Int32

    init(_ norm: NormBackward, _ machine: CPUMachine) {
      self.norm = norm
      let channels = norm.shape.channels
      blocks = NormBackward.blocks(norm.shape)
      columns = Blocks(count: channels, size: 64)
      gradient = machine.rows(norm.gradient, channels: channels)
      x = machine.rows(norm.x, channels: channels)
      out = machine.rows(norm.out, channels: channels)
      precondition(
        gradient.elementType == x.elementType && out.elementType == x.elementType,
        "a batch norm and its gradients have one type")
      sums = machine.doubles(norm.workspace)
      slope = machine(norm.workspace) + 4 * blocks.number * channels
      offset = slope + channels
      gammaGradient = machine.gradient(norm.norm.scale)
      betaGradient = machine.gradient(norm.norm.shift)
      vectors = NormVectors.view(machine(norm.vectors), channels: channels)
      mask = norm.relu ? 1 : 0
    }

    private var channels: Int { norm.shape.channels }

    /// Sums the gradient, and the gradient times the normalised input, over a block of rows.
    func sum(_ number: Int) {
      let rows = blocks.range(number)
      fk_norm_backward_sums(
        gradient.at(rows.lowerBound), Int64(gradient.pitch), x.at(rows.lowerBound), Int64(x.pitch), x.type,
        Int64(rows.count), Int32(channels), vectors, mask, sums + 2 * number * channels)
    }

    /// Adds the sums of all blocks for some columns, and sets the gradients of scale and shift.
    func merge(_ number: Int) {
      let range = columns.range(number)
      fk_norm_backward_merge(
        sums, Int64(blocks.number), Int32(channels), Int32(range.lowerBound), Int32(range.upperBound),
        gammaGradient, betaGradient)
    }

    /// Computes the coefficients of the input gradient from the sums over `rows` rows, for some columns.
    func finish(_ number: Int, rows: Int) {
      let range = columns.range(number)
      fk_norm_backward_coefficients(
        sums, Int64(rows), Int32(range.lowerBound), Int32(range.upperBound), vectors, slope,
        offset)
    }

    /// Computes the input gradient of a block of rows.
    func apply(_ number: Int) {
      let rows = blocks.range(number)
      fk_norm_backward_apply(
        gradient.at(rows.lowerBound), Int64(gradient.pitch), x.at(rows.lowerBound), Int64(x.pitch), x.type,
        Int64(rows.count), Int32(channels), vectors, mask, slope, offset, out.at(rows.lowerBound),
        Int64(out.pitch), norm.adds ? 1 : 0)
    }
  }
}
