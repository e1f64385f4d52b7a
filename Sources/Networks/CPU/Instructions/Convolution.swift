import CKernels

/// Sizes that all three passes of a convolution share.
struct ConvolutionShape: Sendable {
  let input, output: Shape
  let window: Window

  /// Tasks below which the columns of a product are split too, so that many threads have work.
  private static let wantedTasks = 16

  /// Row blocks for rows of `width` gathered floats: half a second-level cache of 1 MB, or all of it for
  /// OpenBLAS, which packs the matrix anew for each block.
  static func rowBlocks(rows: Int, width: Int, _ kernels: KernelPath) -> Blocks {
    let (floats, most) = kernels == .avx512 ? (1 << 17, 256) : (1 << 18, 512)
    let size = min(most, max(64, floats / width / 16 * 16))
    return Blocks(count: rows, size: min(rows, size))
  }

  /// Column blocks of a product with so many row blocks.
  static func columnBlocks(columns: Int, rowBlocks: Int) -> Blocks {
    let parts = max(1, min(columns / 64, (wantedTasks + rowBlocks - 1) / rowBlocks))
    return Blocks(count: columns, size: ((columns + parts - 1) / parts + 31) / 32 * 32)
  }

  /// Pixel offsets of the taps of an output position, row-major.
  var tapOffsets: (dh: [Int32], dw: [Int32]) {
    var dh: [Int32] = []
    var dw: [Int32] = []
    for h in 0..<window.height {
      for w in 0..<window.width {
        dh.append(Int32(h - window.padding))
        dw.append(Int32(w - window.padding))
      }
    }
    return (dh, dw)
  }

  func gatherWindow(
    _ dh: UnsafeBufferPointer<Int32>, _ dw: UnsafeBufferPointer<Int32>, taps: Range<Int>,
    channels: Range<Int>
  ) -> fk_window {
    fk_window(
      dh: dh.baseAddress! + taps.lowerBound, dw: dw.baseAddress! + taps.lowerBound,
      taps: Int32(taps.count), stride: Int32(window.stride), rows: Int32(output.height),
      columns: Int32(output.width), channel_begin: Int32(channels.lowerBound),
      channel_end: Int32(channels.upperBound))
  }
}

/// y = x * w as a matrix product of gathered rows and `[taps · Cin, Cout]` weights, block by block. On the
/// way it takes the moments of y that a following batch norm needs.
///
/// The products of AVX-512 find the weights packed first.
struct ConvolutionForward: Instruction {
  let layer: String
  let shape: ConvolutionShape
  let x: Operand
  let weight: ParameterID
  let y: BufferID
  /// Moments of y, doubles `[row blocks, Cout, 2]`.
  let moments: BufferID?
  /// Packed weights, with AVX-512.
  let packed: BufferID?
  let rowBlocks: Blocks
  private let columnBlocks: Blocks
  private let dh, dw: [Int32]

  init(
    layer: String, shape: ConvolutionShape, x: Operand, weight: ParameterID, y: BufferID,
    moments: BufferID?, packed: BufferID?
  ) {
    self.layer = layer
    self.shape = shape
    self.x = x
    self.weight = weight
    self.y = y
    self.moments = moments
    self.packed = packed
    rowBlocks = Self.rowBlocks(shape, packed == nil ? .blas : .avx512)
    columnBlocks = ConvolutionShape.columnBlocks(
      columns: shape.output.channels, rowBlocks: rowBlocks.number)
    (dh, dw) = shape.tapOffsets
  }

  static func rowBlocks(_ shape: ConvolutionShape, _ kernels: KernelPath) -> Blocks {
    ConvolutionShape.rowBlocks(
      rows: shape.output.rows, width: shape.window.taps * shape.input.channels, kernels)
  }

  /// Floats of packed weights.
  static func packedCount(_ shape: ConvolutionShape) -> Int {
    PanelProduct.slabCount(
      depth: shape.window.taps * shape.input.channels, columns: shape.output.channels)
  }

  private var isDirect: Bool { shape.window.isPointwise && x.isPlain }
  private var depth: Int { shape.window.taps * shape.input.channels }

  var reads: [BufferID] { x.reads }
  var writes: [BufferID] { [y] + [moments, packed].compactMap { $0 } }
  var scratch: Int {
    if packed != nil { return PanelProduct.scratch(rows: rowBlocks.size, depth: depth) }
    return isDirect ? 0 : rowBlocks.size * depth
  }

  var method: String? { packed == nil ? KernelPath.blas.products : KernelPath.avx512.products }
  var effort: Effort {
    let (rows, columns) = (rowBlocks.count, shape.output.channels)
    let gathered = isDirect && packed == nil ? 0 : rows * depth * columnBlocks.number
    return Effort(
      products: 2 * rows * depth * columns, calls: rowBlocks.number * columnBlocks.number,
      prepared: gathered + (packed == nil ? 0 : depth * columns) + rows * columns * (moments == nil ? 1 : 2),
      bytes: 4 * depth * columns, tasks: rowBlocks.number * columnBlocks.number)
  }

  func run(_ machine: CPUMachine) {
    let columns = shape.output.channels
    let depth = depth
    let out = machine(y)
    let weights = machine.store.value(weight)
    let moments = moments.map(machine.doubles)
    let slabs = packWeights(machine)
    var source = machine.source(x, shape.input)
    dh.withUnsafeBufferPointer { dh in
      dw.withUnsafeBufferPointer { dw in
        var window = shape.gatherWindow(
          dh, dw, taps: 0..<shape.window.taps, channels: 0..<shape.input.channels)
        machine.pool.run(rowBlocks.number * columnBlocks.number) { task, thread in
          let block = task / columnBlocks.number
          let rows = rowBlocks.range(block)
          let part = columnBlocks.range(task % columnBlocks.number)
          let y = out + rows.lowerBound * columns
          if let slabs {
            PanelProduct.multiply(
              source, window, rows: rows, depth: depth, slabs: slabs, part: part,
              scratch: machine.scratch(thread), out: y + part.lowerBound, stride: columns)
          } else {
            var a = UnsafePointer(machine(x.buffer) + rows.lowerBound * depth)
            if !isDirect {
              let gathered = machine.scratch(thread)
              fk_gather(&source, &window, Int64(rows.lowerBound), Int64(rows.count), gathered)
              a = UnsafePointer(gathered)
            }
            GEMM.multiply(
              rows.count, part.count, depth, a, depth, weights + part.lowerBound, columns,
              y + part.lowerBound, columns)
          }
          if let moments {
            fk_column_moments(
              y, Int64(rows.count), Int64(columns), Int32(part.lowerBound), Int32(part.upperBound),
              moments + 2 * block * columns)
          }
        }
      }
    }
  }

  private func packWeights(_ machine: CPUMachine) -> UnsafePointer<Float>? {
    guard let packed else { return nil }
    let weights = machine.store.value(weight)
    let slabs = machine(packed)
    let blocks = Blocks(count: shape.output.channels, size: PanelProduct.slab)
    machine.pool.run(blocks.number) { block, _ in
      let range = blocks.range(block)
      fk_pack_columns(
        weights, Int64(shape.output.channels), Int64(depth), Int64(range.lowerBound), Int64(range.upperBound),
        slabs + range.lowerBound * depth)
    }
    return UnsafePointer(slabs)
  }
}
