import CKernels
import Networks

/// Gradient with respect to the weight of a 3×3 convolution with stride 1, by the transpose of Winograd's
/// F(4×4, 3×3). Each of the 36 positions takes one product of transformed inputs and transformed gradients over all
/// tiles; one transform of the products gives the gradient.
struct WinogradWeightGradient: Instruction {
  let layer: String
  let shape: ConvolutionShape
  let kernels: KernelPath
  let x: Operand
  let gradient: BufferID
  let weight: ParameterID
  /// Transformed inputs, transformed gradients, and the 36 products `[Cin, Cout]`.
  let workspace: BufferID

  private static let positions = WinogradConvolution.positions
  private static let padding = WinogradConvolution.padding

  static func workspaceCount(_ shape: ConvolutionShape) -> Int {
    let (inputs, outputs) = (shape.input.channels, shape.output.channels)
    return positions
      * ((inputs + outputs) * WinogradConvolution.tiles(shape) + 2 * padding + inputs * outputs)
  }

  private var inputs: Int { shape.input.channels }
  private var outputs: Int { shape.output.channels }
  private var tiles: Int { WinogradConvolution.tiles(shape) }
  private var inputStride: Int { inputs * tiles + Self.padding }
  private var gradientStride: Int { outputs * tiles + Self.padding }
  /// Blocks of tiles, each packed for one AVX-512 product. OpenBLAS reads row-major matrices of all tiles instead.
  private var tileBlocks: Blocks { Blocks(count: tiles, size: min(tiles, kernels == .avx512 ? 128 : 16)) }

  var reads: [BufferID] { x.reads + [gradient] }
  var writes: [BufferID] { [workspace] }

  var method: String? { "Winograd F(4×4), \(kernels.products)" }
  var effort: Effort {
    let size = inputs * outputs
    return Effort(
      products: 2 * Self.positions * tiles * size,
      calls: Self.positions * (kernels == .avx512 ? tileBlocks.number : 1),
      prepared: Self.positions * (tiles * (inputs + outputs) + size),
      bytes: 4 * 9 * size, revisits: [workspace])
  }

  func run(_ machine: CPUMachine) {
    let inputTiles = machine(workspace)
    let gradientTiles = inputTiles + Self.positions * inputStride
    let products = gradientTiles + Self.positions * gradientStride
    let blocks = Blocks(count: inputs * outputs, size: 1 << 12)
    machine.pool.run(
      stages: tileBlocks.number * (inputGroups.number + outputGroups.number), Self.positions, blocks.number
    ) { stage, task, _ in
      switch stage {
      case 0: transform(task, machine, inputTiles, gradientTiles)
      case 1:
        multiply(
          inputTiles + task * inputStride, gradientTiles + task * gradientStride,
          products + task * inputs * outputs)
      default:
        let range = blocks.range(task)
        fk_winograd_weight_gradient(
          products, Int64(inputs * outputs), Int64(range.lowerBound), Int64(range.upperBound),
          machine.gradient(weight))
      }
    }
  }

  private var isPacked: Bool { kernels == .avx512 }
  private var inputGroups: Blocks { Blocks(count: inputs, size: isPacked ? 64 : inputs) }
  private var outputGroups: Blocks { Blocks(count: outputs, size: isPacked ? 64 : outputs) }

  /// Transforms some channels of a block of tiles.
  private func transform(
    _ task: Int, _ machine: CPUMachine, _ inputTiles: UnsafeMutablePointer<Float>,
    _ gradientTiles: UnsafeMutablePointer<Float>
  ) {
    let source = machine.source(x, shape.input)
    let gradient = machine.rows(gradient, channels: outputs)
    let groups = inputGroups.number + outputGroups.number
    let tiles = tileBlocks.range(task / groups)
    let group = task % groups
    if group < inputGroups.number {
      let channels = inputGroups.range(group)
      withUnsafePointer(to: source) {
        fk_winograd_input(
          $0, Int64(tiles.lowerBound), Int64(tiles.count), Int32(channels.lowerBound),
          Int32(channels.upperBound), isPacked ? Int64(tiles.count) : 1, Int64(inputStride),
          inputTiles + tiles.lowerBound * inputs + channels.lowerBound * tiles.count)
      }
    } else {
      let channels = outputGroups.range(group - inputGroups.number)
      fk_winograd_gradient(
        gradient.base, gradient.type, Int32(shape.output.height), Int32(shape.output.width),
        Int64(gradient.pitch), Int64(tiles.lowerBound), Int64(tiles.count), Int32(channels.lowerBound),
        Int32(channels.upperBound), Int64(isPacked ? PanelProduct.slab : outputs), Int64(gradientStride),
        gradientTiles + tiles.lowerBound * outputs + channels.lowerBound * tiles.count)
    }
  }

  private func multiply(
    _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ c: UnsafeMutablePointer<Float>
  ) {
    switch kernels {
    case .avx512:
      for block in 0..<tileBlocks.number {
        let tiles = tileBlocks.range(block)
        fk_line_product(
          a + tiles.lowerBound * inputs, Int64(inputs), Int64(tiles.count), b + tiles.lowerBound * outputs,
          Int64(outputs), c, Int64(outputs), block > 0 ? 1 : 0)
      }
    case .reference, .blas:
      GEMM.multiply(
        (inputs, outputs, tiles), .init(a, stride: inputs, isTransposed: true), .init(b, stride: outputs),
        into: c, stride: outputs)
    }
  }
}
