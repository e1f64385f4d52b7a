import CKernels
import Networks

/// A pass of a linear layer whose weights are far larger than the caches, for the few rows of a batch. The weights are
/// read or written once, in place: packed copies would take as much memory again.
///
/// Example: the first linear layer of VGG16 has 25088 · 4096 weights, 411 MB, for a batch of 8 rows.
struct WideLinear: Instruction {
  enum Pass: Sendable {
    /// x `[N, depth]` to y `[N, columns]`.
    case forward(x: BufferID, y: BufferID)
    case inputGradient(gradient: BufferID, out: BufferID)
    /// The result is written to the gradient of the weight.
    case weightGradient(x: BufferID, gradient: BufferID)
  }

  let layer: String
  let weight: ParameterID
  let rows, depth, columns: Int
  let pass: Pass

  /// The fewest weights of a wide layer: 2^20, which take 4 MB.
  static let fewestWeights = 1 << 20

  private var blocks: Blocks {
    switch pass {
    case .forward: Blocks(count: columns, size: Int(FK_WIDE_COLUMNS))
    // Blocks of about 256 kB of weights.
    case .inputGradient, .weightGradient: Blocks(count: depth, size: max(4, (1 << 16) / columns / 4 * 4))
    }
  }

  var reads: [BufferID] {
    switch pass {
    case .forward(let x, _): [x]
    case .inputGradient(let gradient, _): [gradient]
    case .weightGradient(let x, let gradient): [x, gradient]
    }
  }

  var writes: [BufferID] {
    switch pass {
    case .forward(_, let y): [y]
    case .inputGradient(_, let out): [out]
    case .weightGradient: []
    }
  }

  var method: String? { "weights in place" }
  var effort: Effort {
    Effort(
      products: 2 * rows * depth * columns, calls: blocks.number, bytes: 4 * depth * columns,
      tasks: blocks.number)
  }

  func run(_ machine: CPUMachine) {
    let blocks = blocks
    let (rows, depth, columns) = (Int64(rows), Int64(depth), Int64(columns))
    machine.pool.run(blocks.number) { block, _ in
      let range = blocks.range(block)
      let (begin, end) = (Int64(range.lowerBound), Int64(range.upperBound))
      switch pass {
      case .forward(let x, let y):
        fk_wide_forward(
          machine(x), machine.store.value(weight), rows, depth, columns, begin, end, machine(y))
      case .inputGradient(let gradient, let out):
        fk_wide_input_gradient(
          machine(gradient), machine.store.value(weight), rows, depth, columns, begin, end, machine(out))
      case .weightGradient(let x, let gradient):
        fk_wide_weight_gradient(
          machine(x), machine(gradient), rows, depth, columns, begin, end, machine.gradient(weight))
      }
    }
  }
}
