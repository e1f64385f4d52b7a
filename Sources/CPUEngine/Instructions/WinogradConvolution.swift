import CKernels
import Networks

/// A 3×3 convolution with stride 1, or the gradient of its input, by Winograd's F(4×4, 3×3). A tile of 4 × 4 outputs
/// takes 36 products of transformed pixels and weights, one for each position, in place of 9 · 16.
///
/// A task transforms a block of tiles. Then, for each slab of output channels, it forms the products of all
/// positions and transforms them back while they are in the cache.
struct WinogradConvolution: Instruction {
  enum Pass: Sendable { case forward, inputGradient }

  let layer: String
  let pass: Pass
  let kernels: KernelPath
  let x: Operand
  let weight: ParameterID
  let y: BufferID
  /// Transformed weights, `[slabs, 36, inputs, slab]`.
  let transformed: BufferID
  /// Shape of the convolution, for both passes.
  let shape: ConvolutionShape
  private let tileBlocks, slabs, slabGroups: Blocks

  static let positions = Int(FK_POSITIONS)
  /// Floats of padding behind each position. Positions a power of two apart would compete for the same few lines of
  /// the first-level cache.
  static let padding = 16

  init(_ work: MatrixPass, pass: Pass, x: Operand, y: BufferID, transformed: BufferID) {
    let shape = work.shape
    let kernels = work.product.path
    layer = work.layer
    weight = work.weight
    self.shape = shape
    self.pass = pass
    self.kernels = kernels
    self.x = x
    self.y = y
    self.transformed = transformed
    let (inputs, outputs) =
      pass == .forward
      ? (shape.input.channels, shape.output.channels) : (shape.output.channels, shape.input.channels)
    slabs = Blocks(count: outputs, size: kernels == .avx512 ? PanelProduct.slab : min(outputs, 128))
    // The transformed tiles of a block fill about half a second-level cache of 1 MB.
    let wanted = kernels == .avx512 ? 4096 / inputs : 16384 / inputs
    let tiles = Self.tiles(shape)
    tileBlocks = Blocks(count: tiles, size: min(tiles, max(16, min(64, wanted / 8 * 8))))
    let groups = max(1, min(slabs.number, 8 / tileBlocks.number))
    slabGroups = Blocks(count: slabs.number, size: (slabs.number + groups - 1) / groups)
  }

  static func tiles(_ shape: ConvolutionShape) -> Int {
    shape.input.batch * ((shape.input.height + 3) / 4) * ((shape.input.width + 3) / 4)
  }

  /// Whether it is faster than the direct product. The answer does not depend on the batch size, so that a sample
  /// gets the same sums in every batch.
  static func pays(_ shape: ConvolutionShape) -> Bool {
    let channels = (shape.input.channels, shape.output.channels)
    guard shape.window == Window(3, 3, padding: 1), channels.0 % 32 == 0, channels.1 % 32 == 0,
      min(channels.0, channels.1) >= 64
    else { return false }
    // Tiles at the border may reach beyond the image; the pixels there are wasted work.
    return 16 * tiles(shape) <= 2 * shape.input.rows && shape.input.pixels >= 16
  }

  /// Floats of the transformed weights.
  static func transformedCount(_ shape: ConvolutionShape) -> Int {
    let (inputs, outputs) = (shape.input.channels, shape.output.channels)
    return positions * (inputs * outputs + padding * max(inputs, outputs) / PanelProduct.slab)
  }

  private var inputs: Int { pass == .forward ? shape.input.channels : shape.output.channels }
  private var outputs: Int { slabs.count }
  private var tileStride: Int { tileBlocks.size * inputs + Self.padding }
  private var productStride: Int { tileBlocks.size * slabs.size + Self.padding }

  private func weightStride(_ slab: Range<Int>) -> Int { inputs * slab.count + Self.padding }
  private func weightBegin(_ slab: Int) -> Int {
    slab * Self.positions * (inputs * slabs.size + Self.padding)
  }

  var reads: [BufferID] { x.reads }
  var writes: [BufferID] { [y, transformed] }
  var scratch: Int { Self.positions * (tileStride + productStride) }

  var method: String? { "Winograd F(4×4), \(kernels.products)" }
  var effort: Effort {
    let (tiles, size) = (tileBlocks.count, inputs * outputs)
    return Effort(
      products: 2 * Self.positions * tiles * size,
      calls: Self.positions * tileBlocks.number * slabs.number,
      prepared: Self.positions * (tiles * (inputs * slabGroups.number + outputs) + size),
      bytes: 4 * 9 * size, revisits: [transformed],
      tasks: tileBlocks.number * slabGroups.number)
  }

  func run(_ machine: CPUMachine) {
    let rows = Blocks(count: inputs, size: 64)
    let size = Shape(shape.input.batch, shape.input.height, shape.input.width, inputs)
    let source = machine.source(x, size)
    machine.pool.run(stages: slabs.number * rows.number, tileBlocks.number * slabGroups.number) {
      stage, task, thread in
      guard stage > 0 else {
        return transformWeights(task / rows.number, rows.range(task % rows.number), machine)
      }
      let tiles = tileBlocks.range(task / slabGroups.number)
      let scratch = machine.scratch(thread)
      let height = kernels == .avx512 ? fk_panel_height(Int64(tiles.count)) : 1
      withUnsafePointer(to: source) {
        fk_winograd_input(
          $0, Int64(tiles.lowerBound), Int64(tiles.count), 0, Int32(inputs), height, Int64(tileStride),
          scratch)
      }
      for slab in slabGroups.range(task % slabGroups.number) {
        multiply(slab, tiles, machine, scratch)
      }
    }
  }

  private func transformWeights(_ index: Int, _ rows: Range<Int>, _ machine: CPUMachine) {
    let slab = slabs.range(index)
    let transform = pass == .forward ? fk_winograd_weights : fk_winograd_turned_weights
    transform(
      machine.store.value(weight), Int32(shape.input.channels), Int32(shape.output.channels),
      Int32(slab.lowerBound), Int32(slab.upperBound), Int32(rows.lowerBound), Int32(rows.upperBound),
      Int64(weightStride(slab)), machine(transformed) + weightBegin(index))
  }

  /// The products of a slab of output channels with a block of tiles, and their outputs.
  private func multiply(
    _ index: Int, _ tiles: Range<Int>, _ machine: CPUMachine, _ scratch: UnsafeMutablePointer<Float>
  ) {
    let slab = slabs.range(index)
    let products = scratch + Self.positions * tileStride
    let weights = machine(transformed) + weightBegin(index)
    for position in 0..<Self.positions {
      let a = scratch + position * tileStride
      let b = weights + position * weightStride(slab)
      let c = products + position * productStride
      switch kernels {
      case .avx512:
        fk_panel_product(
          a, Int64(tiles.count), Int64(inputs), b, Int64(slab.count), c, FK_FLOAT32, Int64(slab.count))
      case .reference, .blas:
        GEMM.multiply(
          (tiles.count, slab.count, inputs), .init(a, stride: inputs), .init(b, stride: slab.count), into: c,
          stride: slab.count)
      }
    }
    let y = machine.rows(y, channels: outputs)
    fk_winograd_output(
      products, Int64(productStride), Int32(shape.input.height), Int32(shape.input.width), Int64(y.pitch),
      Int64(tiles.lowerBound), Int64(tiles.count), Int32(slab.lowerBound), Int32(slab.upperBound), y.base,
      y.type)
  }
}
