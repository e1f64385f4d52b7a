/// The purpose of an instruction of a program, for measurements.
public struct InstructionWork: Sendable {
  /// The kind of layer that the instruction belongs to.
  package enum Kind: String, CaseIterable, Codable, Sendable {
    case convolution = "convolution, forward"
    case convolutionInputGradient = "convolution, gradient of the input"
    case convolutionWeightGradient = "convolution, gradient of the weight"
    case linear = "linear, forward and backward"
    case batchNorm = "batch norm, forward"
    case batchNormGradient = "batch norm, backward"
    case passes = "sums, ReLU, copies, forward"
    case passGradients = "sums, ReLU, copies, backward"
    case pooling = "pooling, forward and backward"
    case loss = "loss"
    case update = "optimizer"
  }

  /// The graph's value that the instruction helps to compute; one convolution may take several instructions.
  package let value: Int
  /// The layer, by its PyTorch module path.
  package let layer: String
  /// The type of the instruction, e.g. `ConvolutionForward`.
  package let kernel: String
  package let kind: Kind
  /// The pass of a convolution; nil for linear layers and everything else.
  package let convolution: ConvolutionWork?

  package init(value: Int, layer: String, kernel: String, kind: Kind, convolution: ConvolutionWork?) {
    (self.value, self.layer, self.kernel) = (value, layer, kernel)
    (self.kind, self.convolution) = (kind, convolution)
  }
}

/// One pass of a convolution of one shape.
package struct ConvolutionWork: Hashable, Sendable {
  package enum Pass: String, CaseIterable, Codable, Sendable {
    case forward
    case inputGradient = "input gradient"
    case weightGradient = "weight gradient"
  }

  package let pass: Pass
  package let window: Window
  /// Shapes in the forward pass, `[N, H, W, C]`.
  package let input, output: Shape

  /// Floating-point operations of a direct convolution, two for each multiplication and addition, whatever
  /// the kernel does.
  package var flops: Int { 2 * output.count * window.taps * input.channels }

  package init(pass: Pass, window: Window, input: Shape, output: Shape) {
    (self.pass, self.window, self.input, self.output) = (pass, window, input, output)
  }
}
