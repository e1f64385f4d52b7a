import CKernels

/// Gradient with respect to a convolution's input.
///
/// With stride s the input pixels fall into s · s phases that see different taps; within a phase the
/// gradient is a stride-1 convolution of gy, again gathered rows times a matrix. Every pixel is computed
/// once, by one task, with no accumulation between tasks.
struct ConvolutionInputGradient: Instruction {
  /// Input pixels (phase.h + s · i, phase.w + s · j) and the taps that reach them.
  private struct Phase {
    let h, w: Int
    let rows, columns: Int
    /// Taps (row-major in the window) and the pixel of gy each reads, relative to (i, j).
    let taps: [Int]
    let dh, dw: [Int32]
    /// Where the phase's transposed weights begin in the workspace, in taps.
    let firstTap: Int
    let rowBlocks, columnBlocks: Blocks
    let firstTask: Int

    var tasks: Int { rowBlocks.number * columnBlocks.number }
  }

  let layer: String
  let shape: ConvolutionShape
  let gradient: BufferID
  let weight: ParameterID
  let out: BufferID
  let kernels: KernelPath
  /// Weights `[tap, Cout, Cin]` in order of phases, in slabs of input channels with AVX-512; OpenBLAS needs
  /// none while each phase has one tap at most.
  let transposed: BufferID?
  private let phases: [Phase]

  init(
    layer: String, shape: ConvolutionShape, gradient: BufferID, weight: ParameterID, out: BufferID,
    kernels: KernelPath, transposed: BufferID?
  ) {
    self.layer = layer
    self.shape = shape
    self.gradient = gradient
    self.weight = weight
    self.out = out
    self.kernels = kernels
    self.transposed = transposed
    phases = Self.phases(shape, kernels)
  }

  /// Floats of transposed weights; 0 where the product reads them in place, as OpenBLAS does a single tap.
  static func transposedCount(_ shape: ConvolutionShape, _ kernels: KernelPath) -> Int {
    let window = shape.window
    let depth = window.taps * shape.output.channels
    switch kernels {
    case .avx512: return PanelProduct.slabCount(depth: depth, columns: shape.input.channels)
    default:
      let hasSingleTaps = window.height <= window.stride && window.width <= window.stride
      return hasSingleTaps ? 0 : depth * shape.input.channels
    }
  }

  private static func phases(_ shape: ConvolutionShape, _ kernels: KernelPath) -> [Phase] {
    let window = shape.window
    let stride = window.stride
    var phases: [Phase] = []
    var firstTap = 0
    var firstTask = 0
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
          width: max(taps.count * shape.output.channels, shape.input.channels), kernels)
        let phase = Phase(
          h: h, w: w, rows: rows, columns: columns, taps: taps, dh: dh, dw: dw, firstTap: firstTap,
          rowBlocks: rowBlocks,
          columnBlocks: ConvolutionShape.columnBlocks(
            columns: shape.input.channels, rowBlocks: rowBlocks.number * stride * stride),
          firstTask: firstTask)
        phases.append(phase)
        firstTap += taps.count
        firstTask += phase.tasks
      }
    }
    return phases
  }

  private var isDirect: Bool { shape.window.isPointwise }
  private var isStrided: Bool { shape.window.stride > 1 }

  var reads: [BufferID] { [gradient] }
  var writes: [BufferID] { transposed.map { [out, $0] } ?? [out] }
  var scratch: Int {
    phases.map { phase in
      operandScratch(phase)
        + (isStrided ? phase.rowBlocks.size * phase.columnBlocks.size : 0)
    }.max()!
  }

  /// Floats of gathered or packed rows of gy.
  private func operandScratch(_ phase: Phase) -> Int {
    let depth = phase.taps.count * shape.output.channels
    if kernels == .avx512 { return PanelProduct.scratch(rows: phase.rowBlocks.size, depth: depth) }
    return isDirect ? 0 : phase.rowBlocks.size * depth
  }

  var method: String? { kernels.products }
  var effort: Effort {
    let (inputs, outputs) = (shape.input.channels, shape.output.channels)
    let weights = shape.window.taps * outputs * inputs
    // Transposing jumps from line to line.
    var effort = Effort(
      prepared: transposed == nil ? 0 : 4 * weights, bytes: 4 * weights,
      tasks: phases.last!.firstTask + phases.last!.tasks)
    for phase in phases {
      let (rows, depth) = (phase.rowBlocks.count, phase.taps.count * outputs)
      effort.products += 2 * rows * depth * inputs
      effort.calls += phase.tasks
      let gathered = isDirect && kernels != .avx512 ? 0 : rows * depth * phase.columnBlocks.number
      effort.prepared += gathered + rows * inputs * (isStrided ? 2 : 1)
    }
    return effort
  }

  func run(_ machine: CPUMachine) {
    transposeWeights(machine)
    machine.pool.run(phases.last!.firstTask + phases.last!.tasks) { task, thread in
      let phase = phases[phases.lastIndex { $0.firstTask <= task }!]
      compute(phase, task - phase.firstTask, machine, machine.scratch(thread))
    }
  }

  private func transposeWeights(_ machine: CPUMachine) {
    guard let transposed else { return }
    let size = shape.input.channels * shape.output.channels
    let weights = machine.store.value(weight)
    let workspace = machine(transposed)
    if kernels == .avx512 { return packWeights(machine, workspace) }
    // A stride beyond the image leaves taps that reach no pixel: they belong to no phase.
    machine.pool.run(phases.last!.firstTap + phases.last!.taps.count) { place, _ in
      let phase = phases.last { $0.firstTap <= place && !$0.taps.isEmpty }!
      let tap = phase.taps[place - phase.firstTap]
      fk_transpose(
        weights + tap * size, Int64(shape.input.channels), Int64(shape.output.channels),
        workspace + place * size)
    }
  }

  /// Where the slabs of a phase begin.
  private func slabBegin(_ phase: Phase) -> Int {
    PanelProduct.slabCount(
      depth: phase.firstTap * shape.output.channels, columns: shape.input.channels)
  }

  /// A slab of one tap a task.
  private func packWeights(_ machine: CPUMachine, _ workspace: UnsafeMutablePointer<Float>) {
    let (inputs, outputs) = (shape.input.channels, shape.output.channels)
    let weights = machine.store.value(weight)
    let blocks = Blocks(count: inputs, size: PanelProduct.slab)
    machine.pool.run((phases.last!.firstTap + phases.last!.taps.count) * blocks.number) { task, _ in
      let place = task / blocks.number
      let range = blocks.range(task % blocks.number)
      let phase = phases.last { $0.firstTap <= place && !$0.taps.isEmpty }!
      let depth = phase.taps.count * outputs
      fk_pack_transposed(
        weights + phase.taps[place - phase.firstTap] * inputs * outputs, Int64(outputs), Int64(outputs),
        Int64(range.lowerBound), Int64(range.upperBound), Int64((place - phase.firstTap) * outputs),
        Int64(depth), workspace + slabBegin(phase) + range.lowerBound * depth)
    }
  }

  private func compute(
    _ phase: Phase, _ task: Int, _ machine: CPUMachine, _ scratch: UnsafeMutablePointer<Float>
  ) {
    let rows = phase.rowBlocks.range(task / phase.columnBlocks.number)
    let part = phase.columnBlocks.range(task % phase.columnBlocks.number)
    let inputs = shape.input.channels
    let outputs = shape.output.channels
    let depth = phase.taps.count * outputs
    let out = machine(out)

    let product =
      isStrided
      ? scratch + operandScratch(phase) : out + rows.lowerBound * inputs + part.lowerBound
    let stride = isStrided ? part.count : inputs
    if phase.taps.isEmpty {
      product.update(repeating: 0, count: rows.count * part.count)
    } else {
      phase.dh.withUnsafeBufferPointer { dh in
        phase.dw.withUnsafeBufferPointer { dw in
          var source = machine.source(Operand(buffer: gradient), shape.output)
          var window = fk_window(
            dh: dh.baseAddress, dw: dw.baseAddress, taps: Int32(phase.taps.count), stride: 1,
            rows: Int32(phase.rows), columns: Int32(phase.columns), channel_begin: 0,
            channel_end: Int32(outputs))
          if kernels == .avx512, let transposed {
            return PanelProduct.multiply(
              source, window, rows: rows, depth: depth,
              slabs: machine(transposed) + slabBegin(phase), part: part, scratch: scratch, out: product,
              stride: stride)
          }
          var a = UnsafePointer(machine(gradient) + rows.lowerBound * outputs)
          if !isDirect {
            fk_gather(&source, &window, Int64(rows.lowerBound), Int64(rows.count), scratch)
            a = UnsafePointer(scratch)
          }
          if let transposed {
            GEMM.multiply(
              rows.count, part.count, depth, a, depth,
              machine(transposed) + phase.firstTap * outputs * inputs + part.lowerBound, inputs, product,
              stride)
          } else {
            let weights = machine.store.value(weight) + phase.taps[0] * inputs * outputs
            GEMM.multiply(
              rows.count, part.count, depth, a, depth, weights + part.lowerBound * outputs, outputs,
              transposeB: true, product, stride)
          }
        }
      }
    }
    if isStrided { scatter(phase, rows, part, product, out) }
  }

  /// Puts the rows of a phase where its pixels are.
  private func scatter(
    _ phase: Phase, _ rows: Range<Int>, _ part: Range<Int>, _ product: UnsafePointer<Float>,
    _ out: UnsafeMutablePointer<Float>
  ) {
    for (index, row) in rows.enumerated() {
      let n = row / (phase.rows * phase.columns)
      let h = row / phase.columns % phase.rows * shape.window.stride + phase.h
      let w = row % phase.columns * shape.window.stride + phase.w
      let pixel = (n * shape.input.height + h) * shape.input.width + w
      (out + pixel * shape.input.channels + part.lowerBound).update(
        from: product + index * part.count, count: part.count)
    }
  }
}
