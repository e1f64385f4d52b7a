import CKernels
import Networks

/// Gradient with respect to a convolution's weight: the transpose of the gathered rows times gy.
///
/// The rows of the gradient are cut into tiles of some taps and some input channels. Where there are few tiles the
/// sum over output positions is cut too, into parts that are added in order.
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
  let product: ProductKernels
  /// Partial sums `[parts, taps · Cin, Cout]`; nil if the sum over positions is not cut.
  let partial: BufferID?
  private let tiles: [Tile]
  private let columnBlocks: Blocks
  private let parts: Blocks
  /// Whether the product reads x and gy in place.
  private let isDirect, readsGradient: Bool
  private let dh, dw: [Int32]

  /// - Parameter types: element types of x and of the gradient.
  init(
    _ work: MatrixPass, x: Operand, gradient: BufferID, types: (x: ElementType, gradient: ElementType),
    partial: BufferID?
  ) {
    (layer, shape, weight, product) = (work.layer, work.shape, work.weight, work.product)
    self.x = x
    self.gradient = gradient
    self.partial = partial
    isDirect = shape.window.isPointwise && x.isPlain && product.readsInPlace(types.x)
    readsGradient = product.readsInPlace(types.gradient)
    tiles = Self.tiles(shape)
    columnBlocks = Self.columnBlocks(shape, product)
    parts = Self.parts(shape, product)
    (dh, dw) = shape.tapOffsets
  }

  private static let tileDepth = 256
  private static let wantedTasks = 32
  /// Most output positions that are gathered at a time.
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

  /// Column blocks of gy, small enough that packed columns and packed rows fit the cache together.
  private static func columnBlocks(_ shape: ConvolutionShape, _ product: ProductKernels) -> Blocks {
    let columns = shape.output.channels
    return Blocks(count: columns, size: product.path == .avx512 ? min(columns, 256) : columns)
  }

  private static func parts(_ shape: ConvolutionShape, _ product: ProductKernels) -> Blocks {
    let rows = shape.output.rows
    let whole = tiles(shape).count * columnBlocks(shape, product).number
    let wanted = (wantedTasks + whole - 1) / whole
    let number = max(1, min(wanted, rows / (4 * rowBlock)))
    let size = ((rows + number - 1) / number + rowBlock - 1) / rowBlock * rowBlock
    return Blocks(count: rows, size: min(rows, size))
  }

  /// Floats of partial sums; 0 if the sum is not cut.
  static func partialCount(_ shape: ConvolutionShape, _ product: ProductKernels) -> Int {
    let number = parts(shape, product).number
    return number == 1 ? 0 : number * shape.window.taps * shape.input.channels * shape.output.channels
  }

  var reads: [BufferID] { x.reads + [gradient] }
  var writes: [BufferID] { partial.map { [$0] } ?? [] }
  var scratch: Int {
    let depth = tiles.map(\.depth).max()!
    guard let panels = product.panels else {
      return (isDirect ? 0 : Self.rowBlock * depth)
        + (readsGradient ? 0 : Self.rowBlock * shape.output.channels)
    }
    return panels.lineScratch(rows: Self.rowBlock, depth: depth)
      + panels.slabCount(depth: Self.rowBlock, columns: columnBlocks.size)
  }

  var method: String? { product.name }
  var effort: Effort {
    let (rows, columns) = (shape.output.rows, shape.output.channels)
    let depth = shape.window.taps * shape.input.channels
    let isPacked = product.panels != nil
    let gathered = isDirect && !isPacked ? 0 : rows * depth * columnBlocks.number
    let packed = isPacked || !readsGradient ? rows * columns * tiles.count : 0
    let added = parts.number == 1 ? 0 : parts.number
    let visits = (parts.size + Self.rowBlock - 1) / Self.rowBlock * parts.number
    return Effort(
      products: 2 * rows * depth * columns, operands: product.operands,
      calls: visits * tiles.count * columnBlocks.number,
      prepared: gathered + packed + (visits + added) * depth * columns,
      bytes: 4 * depth * columns * (parts.number == 1 ? 1 : 2),
      tasks: tiles.count * columnBlocks.number * parts.number)
  }

  func run(_ machine: CPUMachine) {
    let columns = shape.output.channels
    let size = shape.window.taps * shape.input.channels * columns
    let result = machine.gradient(weight)
    let target = partial.map(machine.callAsFunction) ?? result
    let whole = tiles.count * columnBlocks.number
    let blocks = Blocks(count: size, size: 1 << 14)
    machine.pool.run(stages: whole * parts.number, partial == nil ? 0 : blocks.number) {
      stage, task, thread in
      guard stage == 0 else {
        let range = blocks.range(task)
        return fk_sum_parts(
          target, Int64(size), Int32(parts.number), Int64(range.lowerBound), Int64(range.upperBound), result)
      }
      let part = task / whole
      accumulate(
        tiles[task % whole / columnBlocks.number], columnBlocks.range(task % columnBlocks.number),
        parts.range(part), machine, machine.scratch(thread), target + part * size)
    }
  }

  private func accumulate(
    _ tile: Tile, _ part: Range<Int>, _ positions: Range<Int>, _ machine: CPUMachine,
    _ scratch: UnsafeMutablePointer<Float>, _ target: UnsafeMutablePointer<Float>
  ) {
    let columns = shape.output.channels
    let inputs = shape.input.channels
    let gradient = machine.rows(gradient, channels: columns)
    let left = machine.rows(x.buffer, channels: inputs)
    var source = machine.source(x, shape.input)
    dh.withUnsafeBufferPointer { dh in
      dw.withUnsafeBufferPointer { dw in
        var window = shape.gatherWindow(dh, dw, taps: tile.taps, channels: tile.channels)
        for first in stride(from: positions.lowerBound, to: positions.upperBound, by: Self.rowBlock) {
          let count = min(Self.rowBlock, positions.upperBound - first)
          let rows = gradient.at(first)
          let target = target + (tile.taps.lowerBound * inputs + tile.channels.lowerBound) * columns
          let isLater = first > positions.lowerBound
          if let panels = product.panels {
            let slabs = scratch + panels.lineScratch(rows: Self.rowBlock, depth: tile.depth)
            panels.packColumns(rows, gradient.type, stride: gradient.pitch, depth: count, part, into: slabs)
            panels.multiplyTransposed(
              .init(source: source, window: window, depth: tile.depth), positions: first..<first + count,
              slabs: (UnsafePointer(slabs), part.count), scratch: scratch, into: target + part.lowerBound,
              stride: columns, accumulate: isLater)
            continue
          }
          let a: UnsafePointer<Float>
          if isDirect {
            a = UnsafePointer(left.floats(at: first, tile.channels.lowerBound))
          } else {
            fk_gather(&source, &window, Int64(first), Int64(count), scratch)
            product.round(scratch, count * tile.depth)
            a = UnsafePointer(scratch)
          }
          let b =
            readsGradient
            ? rows.assumingMemoryBound(to: Float.self)
            : gathered(gradient, first, count, scratch + (isDirect ? 0 : Self.rowBlock * tile.depth))
          GEMM.multiply(
            (tile.depth, part.count, count),
            .init(a, stride: isDirect ? left.pitch : tile.depth, isTransposed: true),
            .init(b + part.lowerBound, stride: readsGradient ? gradient.pitch : columns),
            into: target + part.lowerBound, stride: columns,
            accumulate: isLater)
        }
      }
    }
  }

  /// Copies rows of gy to `floats` as floats, rounded where the operands are, for OpenBLAS.
  private func gathered(
    _ gradient: Rows, _ first: Int, _ count: Int, _ floats: UnsafeMutablePointer<Float>
  ) -> UnsafeMutablePointer<Float> {
    let columns = shape.output.channels
    fk_copy_channels(
      gradient.at(first), gradient.type, Int32(gradient.pitch), 0, floats, FK_FLOAT32, Int32(columns), 0,
      Int32(columns), Int64(count), 1)
    product.round(floats, count * columns)
    return floats
  }
}
