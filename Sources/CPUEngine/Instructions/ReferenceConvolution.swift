import CKernels
import Networks

/// A convolution, or one of its gradients, by its definition: the reference for the other kernel paths.
struct ReferenceConvolution: Instruction {
  /// What is computed, from which operands and into which buffer.
  enum Pass: Sendable {
    case forward(x: Operand, y: BufferID)
    case inputGradient(gradient: BufferID, out: BufferID)
    /// The result is written to the gradient of the weight.
    case weightGradient(x: Operand, gradient: BufferID)
  }

  let layer: String
  let shape: ConvolutionShape
  let weight: ParameterID
  /// Whether operands are rounded to bfloat16 before they are multiplied.
  let isRounded: Bool
  let pass: Pass

  var reads: [BufferID] {
    switch pass {
    case .forward(let x, _): x.reads
    case .inputGradient(let gradient, _): [gradient]
    case .weightGradient(let x, let gradient): x.reads + [gradient]
    }
  }

  var writes: [BufferID] {
    switch pass {
    case .forward(_, let y): [y]
    case .inputGradient(_, let out): [out]
    case .weightGradient: []
    }
  }

  /// Rows of the result; each task computes a block of them.
  private var rows: Int {
    switch pass {
    case .forward: shape.output.rows
    case .inputGradient: shape.input.rows
    case .weightGradient: shape.window.taps * shape.input.channels
    }
  }

  var method: String? { KernelPath.reference.products }
  var effort: Effort {
    Effort(products: 2 * shape.output.rows * shape.window.taps * shape.input.channels * shape.output.channels)
  }

  func run(_ machine: CPUMachine) {
    let blocks = Blocks(count: rows, size: 8)
    var convolution = fk_convolution(shape, isRounded: isRounded)
    let weights = machine.store.value(weight)
    switch pass {
    case .forward(let x, let y):
      var source = machine.source(x, shape.input)
      let y = machine.rows(y, channels: shape.output.channels)
      machine.pool.run(blocks.number) { block, _ in
        let range = blocks.range(block)
        fk_reference_forward(
          &convolution, &source, weights, Int64(range.lowerBound), Int64(range.count), y.base, y.type,
          Int64(y.pitch))
      }
    case .inputGradient(let gradient, let out):
      let gradient = machine.rows(gradient, channels: shape.output.channels)
      let out = machine.elements(out)
      machine.pool.run(blocks.number) { block, _ in
        let range = blocks.range(block)
        fk_reference_input_gradient(
          &convolution, gradient.base, gradient.type, Int64(gradient.pitch), weights, Int64(range.lowerBound),
          Int64(range.count),
          out.base, out.type)
      }
    case .weightGradient(let x, let gradient):
      var source = machine.source(x, shape.input)
      let gradient = machine.rows(gradient, channels: shape.output.channels)
      machine.pool.run(blocks.number) { block, _ in
        let range = blocks.range(block)
        fk_reference_weight_gradient(
          &convolution, &source, gradient.base, gradient.type, Int64(gradient.pitch),
          Int64(shape.input.batch),
          Int64(range.lowerBound), Int64(range.count), machine.gradient(weight))
      }
    }
  }
}

extension fk_convolution {
  fileprivate init(_ shape: ConvolutionShape, isRounded: Bool) {
    let (input, output, window) = (shape.input, shape.output, shape.window)
    self.init(
      height: Int32(input.height), width: Int32(input.width), inputs: Int32(input.channels),
      rows: Int32(output.height), columns: Int32(output.width), outputs: Int32(output.channels),
      window_height: Int32(window.height), window_width: Int32(window.width), stride: Int32(window.stride),
      padding: Int32(window.padding), is_rounded: isRounded ? 1 : 0)
  }
}
