import CKernels
import Networks

/// Gradient with respect to a convolution's input.
///
/// With stride s the input pixels fall into s · s phases; the pixels of one phase are reached by the same taps.
/// Within a phase the gradient is a convolution of gy with stride 1, computed as gathered rows times a matrix. Every
/// pixel is computed once, by one task.
struct ConvolutionInputGradient: Instruction {
  /// Input pixels (h + s · i, w + s · j) and the taps that reach them.
  private struct Phase {
    let h, w: Int
    let rows, columns: Int
    /// Taps of the phase, as row-major indices in the window.
    let taps: [Int]
    /// Pixel of gy that each tap reads, relative to (i, j).
    let dh, dw: [Int32]
    /// Where the phase's weights begin in `transposed`, in taps and in floats.
    let firstTap, firstWeight: Int
    let rowBlocks, columnBlocks: Blocks
    let firstTask: Int

    var tasks: Int { rowBlocks.number * columnBlocks.number }
  }

  let layer: String
  let shape: ConvolutionShape
  let gradient: BufferID
  let weight: ParameterID
  let out: BufferID
  let product: ProductKernels
  /// Weights `[tap, Cout, Cin]` in order of phases; for AVX-512 in slabs of input channels. nil where OpenBLAS reads
  /// the store's weights in place: without rounding, and with at most one tap in each phase.
  let transposed: BufferID?
  /// Whether the product reads gy in place as its left matrix.
  private let isDirect: Bool
  /// Whether the product is written to scratch space first, then to its place.
  private let isStaged: Bool
  private let phases: [Phase]

  /// - Parameter types: element types of the gradient and of the result.
  init(
    _ work: MatrixPass, gradient: BufferID, out: BufferID, types: (gradient: ElementType, out: ElementType),
    transposed: BufferID?
  ) {
    (layer, shape, weight, product) = (work.layer, work.shape, work.weight, work.product)
    self.gradient = gradient
    self.out = out
    self.transposed = transposed
    isDirect =
      product.panels == nil && shape.window.isPointwise && product.readsInPlace(types.gradient)
    isStaged = shape.window.stride > 1 || (product.panels == nil && types.out != .float32)
    phases = Self.phases(shape, product)
  }

  /// Floats of `transposed`; 0 where OpenBLAS reads the weights in place.
  static func transposedCount(_ shape: ConvolutionShape, _ product: ProductKernels) -> Int {
    let window = shape.window
    let hasSingleTaps = window.height <= window.stride && window.width <= window.stride
    if product.panels == nil, product.operands == .float32, hasSingleTaps { return 0 }
    return phases(shape, product).reduce(0) { $0 + weightCount(shape, product, taps: $1.taps.count) }
  }

  /// Floats of the transposed weights of a phase with `taps` taps.
  private static func weightCount(_ shape: ConvolutionShape, _ product: ProductKernels, taps: Int) -> Int {
    let (depth, columns) = (taps * shape.output.channels, shape.input.channels)
    return product.panels?.slabCount(depth: depth, columns: columns) ?? depth * columns
  }

  private static func phases(_ shape: ConvolutionShape, _ product: ProductKernels) -> [Phase] {
    let window = shape.window
    let stride = window.stride
    var phases: [Phase] = []
    var (firstTap, firstWeight, firstTask) = (0, 0, 0)
    for h in 0..<min(stride, shape.input.height) {
      for w in 0..<min(stride, shape.input.width) {
        var taps: [Int] = []
        var dh: [Int32] = []
        var dw: [Int32] = []
        for kh in 0..<window.height where (h + window.padding - kh) % stride == 0 {
          for kw in 0..<window.width where (w + window.padding - kw) % stride == 0 {
            taps.append(kh * window.width + kw)
            dh.append(Int32((h + window.padding - kh) / stride))
            dw.append(Int32((w + window.padding - kw) / stride))
          }
        }
        let rows = (shape.input.height - h + stride - 1) / stride
        let columns = (shape.input.width - w + stride - 1) / stride
        let rowBlocks = ConvolutionShape.rowBlocks(
          rows: shape.input.batch * rows * columns,
          width: max(taps.count * shape.output.channels, shape.input.channels), product)
        let phase = Phase(
          h: h, w: w, rows: rows, columns: columns, taps: taps, dh: dh, dw: dw, firstTap: firstTap,
          firstWeight: firstWeight, rowBlocks: rowBlocks,
          columnBlocks: ConvolutionShape.columnBlocks(
            columns: shape.input.channels, rowBlocks: rowBlocks.number * stride * stride),
          firstTask: firstTask)
        phases.append(phase)
        firstTap += taps.count
        firstWeight += weightCount(shape, product, taps: taps.count)
        firstTask += phase.tasks
      }
    }
    return phases
  }

  private var isStrided: Bool { shape.window.stride > 1 }

  var reads: [BufferID] { [gradient] }
  var writes: [BufferID] { transposed.map { [out, $0] } ?? [out] }
  var scratch: Int {
    phases.map { phase in
      operandScratch(phase)
        + (isStaged ? phase.rowBlocks.size * phase.columnBlocks.size : 0)
    }.max()!
  }

  /// Floats of scratch space for gathered or packed rows of gy.
  private func operandScratch(_ phase: Phase) -> Int {
    let depth = phase.taps.count * shape.output.channels
    if let panels = product.panels { return panels.panelScratch(rows: phase.rowBlocks.size, depth: depth) }
    return isDirect ? 0 : phase.rowBlocks.size * depth
  }

  var method: String? { product.name }
  var effort: Effort {
    let (inputs, outputs) = (shape.input.channels, shape.output.channels)
    let weights = shape.window.taps * outputs * inputs
    var effort = Effort(
      operands: product.operands, prepared: transposed == nil ? 0 : weights, bytes: 4 * weights,
      tasks: phases.last!.firstTask + phases.last!.tasks)
    for phase in phases {
      let (rows, depth) = (phase.rowBlocks.count, phase.taps.count * outputs)
      effort.products += 2 * rows * depth * inputs
      effort.calls += phase.tasks
      effort.prepared += isDirect ? 0 : rows * depth * phase.columnBlocks.number
      effort.prepared += rows * inputs * (isStaged ? 2 : 1)
    }
    return effort
  }

  func run(_ machine: CPUMachine) {
    let blocks = transposedBlocks
    let preparing = transposed == nil ? 0 : (phases.last!.firstTap + phases.last!.taps.count) * blocks.number
    machine.pool.run(stages: preparing, phases.last!.firstTask + phases.last!.tasks) { stage, task, thread in
      guard stage > 0 else {
        return transposeWeights(task / blocks.number, blocks.range(task % blocks.number), machine)
      }
      let phase = phases[phases.lastIndex { $0.firstTask <= task }!]
      compute(phase, task - phase.firstTask, machine, machine.scratch(thread))
    }
  }

  /// Blocks of a tap's input channels, each transposed by one task.
  private var transposedBlocks: Blocks {
    let inputs = shape.input.channels
    return Blocks(count: inputs, size: product.panels == nil ? inputs : PanelProduct.slab)
  }

  /// Transposes some input channels of one tap. `place` is the tap's number in the order of phases.
  private func transposeWeights(_ place: Int, _ range: Range<Int>, _ machine: CPUMachine) {
    let (inputs, outputs) = (shape.input.channels, shape.output.channels)
    // Phases without taps have the `firstTap` of the next phase, so they are skipped. Taps that reach no pixel, as
    // with a stride larger than the image, belong to no phase.
    let phase = phases.last { $0.firstTap <= place && !$0.taps.isEmpty }!
    let tap = machine.store.value(weight) + phase.taps[place - phase.firstTap] * inputs * outputs
    let workspace = machine(transposed!)
    guard let panels = product.panels else {
      let out = workspace + place * inputs * outputs
      fk_transpose(tap, Int64(inputs), Int64(outputs), out)
      return product.round(out, inputs * outputs)
    }
    let depth = phase.taps.count * outputs
    panels.packTransposed(
      tap, depth: outputs, range, first: (place - phase.firstTap) * outputs, total: depth,
      into: workspace + phase.firstWeight + panels.slabCount(depth: depth, columns: range.lowerBound))
  }

  private func compute(
    _ phase: Phase, _ task: Int, _ machine: CPUMachine, _ scratch: UnsafeMutablePointer<Float>
  ) {
    let rows = phase.rowBlocks.range(task / phase.columnBlocks.number)
    let part = phase.columnBlocks.range(task % phase.columnBlocks.number)
    let inputs = shape.input.channels
    let outputs = shape.output.channels
    let depth = phase.taps.count * outputs
    let left = machine.rows(gradient, channels: outputs)
    let out = machine.rows(out, channels: inputs)

    let staged = scratch + operandScratch(phase)
    let place =
      isStaged ? UnsafeMutableRawPointer(staged) : out.at(rows.lowerBound, part.lowerBound)
    let stride = isStaged ? part.count : out.pitch
    if phase.taps.isEmpty {
      staged.update(repeating: 0, count: rows.count * part.count)
    } else {
      phase.dh.withUnsafeBufferPointer { dh in
        phase.dw.withUnsafeBufferPointer { dw in
          var source = machine.source(Operand(buffer: gradient), shape.output)
          var window = fk_window(
            dh: dh.baseAddress, dw: dw.baseAddress, taps: Int32(phase.taps.count), stride: 1,
            rows: Int32(phase.rows), columns: Int32(phase.columns), channel_begin: 0,
            channel_end: Int32(outputs))
          if let panels = product.panels, let transposed {
            return panels.multiply(
              .init(source: source, window: window, depth: depth), rows: rows,
              slabs: machine(transposed) + phase.firstWeight, part: part, scratch: scratch,
              into: .init(start: place, type: isStaged ? FK_FLOAT32 : out.type, stride: stride))
          }
          let a: UnsafePointer<Float>
          if isDirect {
            a = UnsafePointer(left.floats(at: rows.lowerBound))
          } else {
            fk_gather(&source, &window, Int64(rows.lowerBound), Int64(rows.count), scratch)
            product.round(scratch, rows.count * depth)
            a = UnsafePointer(scratch)
          }
          let result = place.assumingMemoryBound(to: Float.self)
          if let transposed {
            GEMM.multiply(
              (rows.count, part.count, depth), .init(a, stride: isDirect ? left.pitch : depth),
              .init(machine(transposed) + phase.firstWeight + part.lowerBound, stride: inputs),
              into: result, stride: stride)
          } else {
            let weights = machine.store.value(weight) + phase.taps[0] * inputs * outputs
            GEMM.multiply(
              (rows.count, part.count, depth), .init(a, stride: isDirect ? left.pitch : depth),
              .init(weights + part.lowerBound * outputs, stride: outputs, isTransposed: true),
              into: result, stride: stride)
          }
        }
      }
    }
    if isStrided {
      scatter(phase, rows, part, staged, out)
    } else if isStaged {
      fk_store(
        staged, Int64(rows.count), Int64(part.count), Int64(stride),
        out.at(rows.lowerBound, part.lowerBound), out.type, Int64(out.pitch))
    }
  }

  /// Writes the rows of a phase to its pixels, which are `stride` pixels apart.
  private func scatter(
    _ phase: Phase, _ rows: Range<Int>, _ part: Range<Int>, _ product: UnsafePointer<Float>,
    _ out: Rows
  ) {
    for (index, row) in rows.enumerated() {
      let n = row / (phase.rows * phase.columns)
      let h = row / phase.columns % phase.rows * shape.window.stride + phase.h
      let w = row % phase.columns * shape.window.stride + phase.w
      let pixel = (n * shape.input.height + h) * shape.input.width + w
      fk_store(
        product + index * part.count, 1, Int64(part.count), Int64(part.count),
        out.at(pixel, part.lowerBound), out.type, Int64(part.count))
    }
  }
}
