import CKernels

/// Gradient with respect to a convolution's weight: gathered rows transposed times gy.
///
/// The gradient is cut into tiles of its rows (some taps, some input channels); where there are few tiles
/// the sum over positions is cut too, into parts that are added in order.
struct ConvolutionWeightGradient: Instruction {
  private struct Tile {
    let taps, channels: Range<Int>
    var depth: Int { taps.count * channels.count }
  }

  let layer: String
  let shape: ConvolutionShape
  let x: Operand
  let gradient: BufferID
  let weight: ParameterID
  let kernels: KernelPath
  /// `[parts, taps · Cin, Cout]`, needed when the sum over positions is cut.
  let partial: BufferID?
  private let tiles: [Tile]
  private let columnBlocks: Blocks
  private let parts: Blocks
  private let dh, dw: [Int32]

  init(
    layer: String, shape: ConvolutionShape, x: Operand, gradient: BufferID, weight: ParameterID,
    kernels: KernelPath, partial: BufferID?
  ) {
    self.layer = layer
    self.shape = shape
    self.x = x
    self.gradient = gradient
    self.weight = weight
    self.partial = partial
    self.kernels = kernels
    tiles = Self.tiles(shape)
    columnBlocks = Self.columnBlocks(shape, kernels)
    parts = Self.parts(shape, kernels)
    (dh, dw) = shape.tapOffsets
  }

  private static let tileDepth = 256
  private static let wantedTasks = 32
  /// Positions gathered at a time.
  private static let rowBlock = 256

  private static func tiles(_ shape: ConvolutionShape) -> [Tile] {
    let channels = shape.input.channels
    let window = shape.window
    if channels > tileDepth / 2 {
      let blocks = Blocks(count: channels, size: min(channels, tileDepth))
      return (0..<window.taps).flatMap { tap in
        (0..<blocks.number).map { Tile(taps: tap..<tap + 1, channels: blocks.range($0)) }
      }
    }
    let blocks = Blocks(count: window.taps, size: min(window.taps, max(1, tileDepth / channels)))
    return (0..<blocks.number).map { Tile(taps: blocks.range($0), channels: 0..<channels) }
  }

  /// Packed columns have to find room in the cache beside the packed rows.
  private static func columnBlocks(_ shape: ConvolutionShape, _ kernels: KernelPath) -> Blocks {
    let columns = shape.output.channels
    return Blocks(count: columns, size: kernels == .avx512 ? min(columns, 256) : columns)
  }

  private static func parts(_ shape: ConvolutionShape, _ kernels: KernelPath) -> Blocks {
    let rows = shape.output.rows
    let whole = tiles(shape).count * columnBlocks(shape, kernels).number
    let wanted = (wantedTasks + whole - 1) / whole
    let number = max(1, min(wanted, rows / (4 * rowBlock)))
    let size = ((rows + number - 1) / number + rowBlock - 1) / rowBlock * rowBlock
    return Blocks(count: rows, size: min(rows, size))
  }

  /// Floats of partial sums, 0 when the sum is not cut.
  static func partialCount(_ shape: ConvolutionShape, _ kernels: KernelPath) -> Int {
    let number = parts(shape, kernels).number
    return number == 1 ? 0 : number * shape.window.taps * shape.input.channels * shape.output.channels
  }

  private var isDirect: Bool { shape.window.isPointwise && x.isPlain }

  var reads: [BufferID] { x.reads + [gradient] }
  var writes: [BufferID] { partial.map { [$0] } ?? [] }
  var scratch: Int {
    let depth = tiles.map(\.depth).max()!
    guard kernels == .avx512 else { return isDirect ? 0 : Self.rowBlock * depth }
    return PanelProduct.scratch(rows: Self.rowBlock, depth: depth)
      + PanelProduct.slabCount(depth: Self.rowBlock, columns: columnBlocks.size)
  }

  var method: String? { kernels.products }
  var effort: Effort {
    let (rows, columns) = (shape.output.rows, shape.output.channels)
    let depth = shape.window.taps * shape.input.channels
    let gathered = isDirect && kernels != .avx512 ? 0 : rows * depth * columnBlocks.number
    let packed = kernels == .avx512 ? rows * columns * tiles.count : 0
    let visits = (parts.size + Self.rowBlock - 1) / Self.rowBlock * parts.number
    return Effort(
      products: 2 * rows * depth * columns, calls: visits * tiles.count * columnBlocks.number,
      prepared: gathered + packed + (visits + parts.number) * depth * columns,
      bytes: 4 * depth * columns * (parts.number == 1 ? 1 : 2),
      tasks: tiles.count * columnBlocks.number * parts.number)
  }

  func run(_ machine: CPUMachine) {
    let columns = shape.output.channels
    let size = shape.window.taps * shape.input.channels * columns
    let result = machine.store.gradient(weight)
    let target = partial.map(machine.callAsFunction) ?? result
    let whole = tiles.count * columnBlocks.number
    machine.pool.run(whole * parts.number) { task, thread in
      let part = task / whole
      accumulate(
        tiles[task % whole / columnBlocks.number], columnBlocks.range(task % columnBlocks.number),
        parts.range(part), machine, machine.scratch(thread), target + part * size)
    }
    guard partial != nil else { return }
    let blocks = Blocks(count: size, size: 1 << 14)
    machine.pool.run(blocks.number) { block, _ in
      let range = blocks.range(block)
      fk_sum_parts(
        target, Int64(size), Int32(parts.number), Int64(range.lowerBound), Int64(range.upperBound), result)
    }
  }

  private func accumulate(
    _ tile: Tile, _ part: Range<Int>, _ rows: Range<Int>, _ machine: CPUMachine,
    _ scratch: UnsafeMutablePointer<Float>, _ target: UnsafeMutablePointer<Float>
  ) {
    let columns = shape.output.channels
    let inputs = shape.input.channels
    var source = machine.source(x, shape.input)
    dh.withUnsafeBufferPointer { dh in
      dw.withUnsafeBufferPointer { dw in
        var window = shape.gatherWindow(dh, dw, taps: tile.taps, channels: tile.channels)
        for first in stride(from: rows.lowerBound, to: rows.upperBound, by: Self.rowBlock) {
          let count = min(Self.rowBlock, rows.upperBound - first)
          let gradient = machine(gradient) + first * columns
          let target = target + (tile.taps.lowerBound * inputs + tile.channels.lowerBound) * columns
          if kernels == .avx512 {
            let lines = PanelProduct.pack(
              source, window, first: first, count: count, height: count, depth: tile.depth, scratch: scratch)
            let slabs = scratch + PanelProduct.scratch(rows: Self.rowBlock, depth: tile.depth)
            fk_pack_columns(
              gradient, Int64(columns), Int64(count), Int64(part.lowerBound), Int64(part.upperBound), slabs)
            fk_line_product(
              lines, Int64(tile.depth), Int64(count), slabs, Int64(part.count), target + part.lowerBound,
              Int64(columns), first > rows.lowerBound ? 1 : 0)
            continue
          }
          var a = UnsafePointer(machine(x.buffer) + first * inputs + tile.channels.lowerBound)
          if !isDirect {
            fk_gather(&source, &window, Int64(first), Int64(count), scratch)
            a = UnsafePointer(scratch)
          }
          GEMM.multiply(
            tile.depth, part.count, count, a, isDirect ? inputs : tile.depth, transposeA: true,
            gradient + part.lowerBound, columns, target + part.lowerBound, columns,
            accumulate: first > rows.lowerBound)
        }
      }
    }
  }
}
