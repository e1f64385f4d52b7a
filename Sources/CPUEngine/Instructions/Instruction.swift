import Basics
import CKernels
import Networks

/// One kernel call of a CPU program, on buffers of its arena and on the parameters of its store.
///
/// Work is cut into tasks by the shape alone, never by the number of threads, and every sum has a fixed order. So
/// the same program gives the same bits on any number of threads.
protocol Instruction: Sendable {
  /// The layer it works for.
  var layer: String { get }
  /// Buffers that must hold what an earlier instruction wrote.
  var reads: [BufferID] { get }
  /// Buffers that it writes, buffers of partial results included.
  var writes: [BufferID] { get }
  /// Floats of scratch space that each thread needs.
  var scratch: Int { get }
  /// Its work, apart from one visit to each of its buffers.
  var effort: Effort { get }
  /// How its matrix products are computed, e.g. `AVX-512 panels`; nil for instructions without any.
  var method: String? { get }

  func run(_ machine: CPUMachine)
}

extension Instruction {
  var scratch: Int { 0 }
  var effort: Effort { Effort() }
  var method: String? { nil }
}

/// The memory, threads and numbers of a step that an instruction can use while it runs.
struct CPUMachine {
  let pool: ThreadPool
  let store: ParameterStore
  /// Address and type of each buffer.
  let buffers: UnsafePointer<Elements>
  let scratchBase: UnsafeMutablePointer<Float>
  let scratchStride: Int
  /// Losses, in the order of the program's objectives.
  let losses: UnsafeMutablePointer<Double>
  /// Address of the gradient of each parameter.
  let gradients: UnsafeMutablePointer<UnsafeMutablePointer<Float>?>
  /// The update of the parameters, applied by `ParameterUpdate`; nil for a step without an optimizer.
  let update: OptimizerUpdate?
  /// Sums over the ranks; nil for one process alone.
  let ranks: (any RankReduction)?
  /// Number of the step; dropout masks depend on it and on the seed.
  let step: UInt64
  let seed: UInt64

  /// Sums over the ranks for batch norm statistics; nil if each rank uses the statistics of its own samples.
  var ranksOfStatistics: (any RankReduction)? {
    guard let ranks, ranks.synchronisesBatchNorm else { return nil }
    return ranks
  }

  /// Floats of a buffer.
  func callAsFunction(_ buffer: BufferID) -> UnsafeMutablePointer<Float> {
    let elements = elements(buffer)
    precondition(elements.elementType == .float32, "a kernel of float32 met bfloat16")
    return elements.base.assumingMemoryBound(to: Float.self)
  }

  /// A buffer for kernels that take either element type.
  func elements(_ buffer: BufferID) -> Elements {
    precondition(buffers[buffer.index].pitch == nil, "a kernel of whole buffers met some of the channels")
    return buffers[buffer.index]
  }

  /// A buffer, or some channels of one, for kernels that take a pitch.
  /// - Parameter channels: elements of a row.
  func rows(_ buffer: BufferID, channels: Int) -> Rows {
    let elements = buffers[buffer.index]
    return Rows(
      base: elements.base, elementType: elements.elementType, pitch: elements.pitch ?? channels)
  }

  /// Where the gradient of a parameter is written.
  func gradient(_ parameter: ParameterID) -> UnsafeMutablePointer<Float> {
    guard let gradient = gradients[parameter.index] else {
      preconditionFailure("nothing sets the gradient of a frozen parameter")
    }
    return gradient
  }

  /// Doubles kept in a buffer, two floats each.
  func doubles(_ buffer: BufferID) -> UnsafeMutablePointer<Double> {
    buffers[buffer.index].base.assumingMemoryBound(to: Double.self)
  }

  func scratch(_ thread: Int) -> UnsafeMutablePointer<Float> { scratchBase + thread * scratchStride }
}

/// A buffer as an operand. Its reader applies the affine map of a batch norm, if there is one, and a ReLU if `relu`.
struct Operand: Sendable {
  var buffer: BufferID
  /// The vectors of a batch norm (`NormVectors`), applied by every reader of the buffer.
  var norm: BufferID?
  var relu = false

  var isPlain: Bool { norm == nil && !relu }
  var reads: [BufferID] { norm.map { [buffer, $0] } ?? [buffer] }
}

/// Layout of the four vectors of a batch norm in one buffer, `[4, C]`.
enum NormVectors {
  static func count(channels: Int) -> Int { 4 * channels }

  static func view(_ base: UnsafeMutablePointer<Float>, channels: Int) -> fk_norm {
    fk_norm(scale: base, shift: base + channels, mean: base + 2 * channels, inverse: base + 3 * channels)
  }
}

extension CPUMachine {
  /// An operand as the source of a kernel that reads image windows.
  func source(_ operand: Operand, _ shape: Shape) -> fk_source {
    let norm = operand.norm.map { NormVectors.view(self($0), channels: shape.channels) }
    let rows = rows(operand.buffer, channels: shape.channels)
    return fk_source(
      data: rows.base, type: rows.type, scale: norm?.scale, shift: norm?.shift,
      relu: operand.relu ? 1 : 0, height: Int32(shape.height), width: Int32(shape.width),
      channels: Int32(shape.channels), pitch: Int32(rows.pitch))
  }

  /// An operand as a term of an elementwise kernel, from row `row` and channel `column` on.
  func term(
    _ operand: Operand?, channels: Int, row: Int, column: Int = 0, weight: Float = 1
  ) -> fk_term {
    guard let operand else { return fk_term() }
    let norm = operand.norm.map { NormVectors.view(self($0), channels: channels) }
    let rows = rows(operand.buffer, channels: channels)
    return fk_term(
      data: rows.at(row, column), type: rows.type, scale: norm.map { $0.scale + column },
      shift: norm.map { $0.shift + column },
      relu: operand.relu ? 1 : 0, weight: weight, pitch: Int64(rows.pitch))
  }
}

/// Rows `0..<count` cut into blocks of `size` rows; the last block may be shorter.
struct Blocks: Sendable {
  let count, size: Int
  var number: Int { (count + size - 1) / size }

  func range(_ block: Int) -> Range<Int> { block * size..<min((block + 1) * size, count) }

  /// Row blocks for a pass over a matrix `[rows, channels]`: about 256 kB each, so that a block is still in the cache
  /// when it is read a second time.
  static func pass(rows: Int, channels: Int) -> Blocks {
    Blocks(count: rows, size: max(16, min(rows, (1 << 16) / channels)))
  }
}
