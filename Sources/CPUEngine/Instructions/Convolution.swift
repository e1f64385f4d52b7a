import CKernels
import Networks

/// Sizes of a convolution, the same for its three passes: output, input gradient and weight gradient.
struct ConvolutionShape: Sendable {
  let input, output: Shape
  let window: Window

  /// With fewer row blocks than this the columns of a product are split too, so that more threads have work.
  private static let wantedTasks = 16

  /// Row blocks for rows of `width` gathered elements. A block fills half a second-level cache of 1 MB. For OpenBLAS
  /// it fills the whole cache, because OpenBLAS packs the other matrix anew for each block.
  static func rowBlocks(rows: Int, width: Int, _ product: ProductKernels) -> Blocks {
    let (bytes, most) = product.path == .avx512 ? (1 << 19, 128) : (1 << 20, 512)
    let size = min(most, max(64, bytes / (width * product.operands.bytes) / 16 * 16))
    return Blocks(count: rows, size: min(rows, size))
  }

  /// Column blocks of a product that has `rowBlocks` row blocks.
  static func columnBlocks(columns: Int, rowBlocks: Int) -> Blocks {
    let parts = max(1, min(columns / 64, (wantedTasks + rowBlocks - 1) / rowBlocks))
    return Blocks(count: columns, size: ((columns + parts - 1) / parts + 31) / 32 * 32)
  }

  /// Pixel offsets of the window's taps from an output position, row-major.
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

/// y = x * w as a matrix product of gathered rows and weights `[taps · Cin, Cout]`, block by block. Each block also
/// computes the moments of its part of y, if a batch norm follows.
///
/// Before an AVX-512 product the weights are packed.
struct ConvolutionForward: Instruction {
  let layer: String
  let shape: ConvolutionShape
  let x: Operand
  let weight: ParameterID
  let y: BufferID
  /// Moments of y, doubles `[row blocks, Cout, 2]`.
  let moments: BufferID?
  let product: ProductKernels
  let epilogue: ConvolutionEpilogue?
  /// Packed or rounded weights; nil where they are read in place.
  let packed: BufferID?
  let rowBlocks: Blocks
  /// Whether the product reads x in place as its left matrix.
  private let isDirect: Bool
  /// Whether the product is written to scratch space first, then to y.
  private let isStaged: Bool
  private let columnBlocks: Blocks
  private let dh, dw: [Int32]

  /// - Parameter types: element types of x and y.
  init(
    _ work: MatrixPass, x: Operand, y: BufferID, types: (x: ElementType, y: ElementType),
    moments: BufferID?, epilogue: ConvolutionEpilogue?, packed: BufferID?
  ) {
    (layer, shape, weight, product) = (work.layer, work.shape, work.weight, work.product)
    self.x = x
    self.y = y
    self.moments = moments
    self.epilogue = epilogue
    self.packed = packed
    isDirect =
      product.panels == nil && shape.window.isPointwise && x.isPlain && product.readsInPlace(types.x)
    isStaged = product.panels == nil && types.y != .float32
    rowBlocks = Self.rowBlocks(shape, product)
    columnBlocks = ConvolutionShape.columnBlocks(
      columns: shape.output.channels, rowBlocks: rowBlocks.number)
    (dh, dw) = shape.tapOffsets
  }

  static func rowBlocks(_ shape: ConvolutionShape, _ product: ProductKernels) -> Blocks {
    ConvolutionShape.rowBlocks(
      rows: shape.output.rows, width: shape.window.taps * shape.input.channels, product)
  }

  /// Floats of packed or rounded weights; 0 where they are read in place.
  static func packedCount(_ shape: ConvolutionShape, _ product: ProductKernels) -> Int {
    let (depth, columns) = (shape.window.taps * shape.input.channels, shape.output.channels)
    if let panels = product.panels { return panels.slabCount(depth: depth, columns: columns) }
    return product.operands == .float32 ? 0 : depth * columns
  }

  private var depth: Int { shape.window.taps * shape.input.channels }

  var reads: [BufferID] { x.reads + (epilogue?.reads ?? []) }
  var writes: [BufferID] { [y] + [moments, packed].compactMap { $0 } }
  var scratch: Int {
    if let panels = product.panels { return panels.panelScratch(rows: rowBlocks.size, depth: depth) }
    return gatheredCount + (isStaged ? rowBlocks.size * columnBlocks.size : 0)
  }

  var method: String? { product.name }
  var effort: Effort {
    let (rows, columns) = (rowBlocks.count, shape.output.channels)
    let gathered = isDirect ? 0 : rows * depth * columnBlocks.number
    let visits = 1 + [isStaged, moments != nil, epilogue != nil].count { $0 }
    return Effort(
      products: 2 * rows * depth * columns, operands: product.operands,
      calls: rowBlocks.number * columnBlocks.number,
      prepared: gathered + (packed == nil ? 0 : depth * columns) + visits * rows * columns,
      bytes: 4 * depth * columns,
      tasks: rowBlocks.number * columnBlocks.number)
  }

  /// Floats of gathered rows.
  private var gatheredCount: Int { isDirect ? 0 : rowBlocks.size * depth }

  func run(_ machine: CPUMachine) {
    let columns = shape.output.channels
    let depth = depth
    let out = machine.rows(y, channels: columns)
    let moments = moments.map(machine.doubles)
    let weights = packed.map { UnsafePointer(machine($0)) } ?? UnsafePointer(machine.store.value(weight))
    let preparing = preparedBlocks
    var source = machine.source(x, shape.input)
    let left = machine.rows(x.buffer, channels: depth)
    dh.withUnsafeBufferPointer { dh in
      dw.withUnsafeBufferPointer { dw in
        var window = shape.gatherWindow(
          dh, dw, taps: 0..<shape.window.taps, channels: 0..<shape.input.channels)
        machine.pool.run(stages: preparing.number, rowBlocks.number * columnBlocks.number) {
          stage, task, thread in
          guard stage > 0 else { return prepareWeights(preparing.range(task), machine) }
          let block = task / columnBlocks.number
          let rows = rowBlocks.range(block)
          let part = columnBlocks.range(task % columnBlocks.number)
          let scratch = machine.scratch(thread)
          let y = out.at(rows.lowerBound, part.lowerBound)
          if let panels = product.panels {
            panels.multiply(
              .init(source: source, window: window, depth: depth), rows: rows, slabs: weights, part: part,
              scratch: scratch, into: .init(start: y, type: out.type, stride: out.pitch))
          } else {
            let a: UnsafePointer<Float>
            if isDirect {
              a = UnsafePointer(left.floats(at: rows.lowerBound))
            } else {
              fk_gather(&source, &window, Int64(rows.lowerBound), Int64(rows.count), scratch)
              product.round(scratch, rows.count * depth)
              a = UnsafePointer(scratch)
            }
            let staged = isStaged ? scratch + gatheredCount : y.assumingMemoryBound(to: Float.self)
            let stride = isStaged ? part.count : out.pitch
            GEMM.multiply(
              (rows.count, part.count, depth), .init(a, stride: isDirect ? left.pitch : depth),
              .init(weights + part.lowerBound, stride: columns), into: staged, stride: stride)
            if isStaged {
              fk_store(
                staged, Int64(rows.count), Int64(part.count), Int64(stride), y, out.type, Int64(out.pitch))
            }
          }
          epilogue?.apply(machine, rows: rows, columns: part, channels: columns)
          if let moments {
            fk_column_moments(
              out.at(rows.lowerBound), out.type, Int64(rows.count), Int64(out.pitch),
              Int32(part.lowerBound), Int32(part.upperBound), moments + 2 * block * columns)
          }
        }
      }
    }
  }

  /// Blocks of the weights, one for each task: columns to be packed, or elements to be rounded.
  private var preparedBlocks: Blocks {
    guard packed != nil else { return Blocks(count: 0, size: 1) }
    let columns = shape.output.channels
    return product.panels == nil
      ? Blocks(count: depth * columns, size: 1 << 14) : Blocks(count: columns, size: PanelProduct.slab)
  }

  /// Packs or rounds a block of the weights for the product.
  private func prepareWeights(_ range: Range<Int>, _ machine: CPUMachine) {
    let weights = machine.store.value(weight)
    let matrix = machine(packed!)
    if let panels = product.panels {
      panels.packColumns(
        weights, FK_FLOAT32, stride: shape.output.channels, depth: depth, range,
        into: matrix + panels.slabCount(depth: depth, columns: range.lowerBound))
    } else {
      (matrix + range.lowerBound).update(from: weights + range.lowerBound, count: range.count)
      product.round(matrix + range.lowerBound, range.count)
    }
  }
}
