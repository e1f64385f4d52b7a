/// The purpose of an instruction, for measurements.
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

  /// The value of the graph that the instruction helps to compute. One convolution may take several instructions.
  package let value: Int
  /// The layer, by its PyTorch module path.
  package let layer: String
  /// The type of the instruction, e.g. `ConvolutionForward`.
  package let kernel: String
  package let kind: Kind
  /// The convolution; nil for other layers, linear ones too.
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
  /// Shapes of the forward pass, `[N, H, W, C]`.
  package let input, output: Shape

  /// Operations of a direct convolution, two for each pair of multiplication and addition, whatever the kernel does.
  package var flops: Int { 2 * output.count * window.taps * input.channels }

  package init(pass: Pass, window: Window, input: Shape, output: Shape) {
    (self.pass, self.window, self.input, self.output) = (pass, window, input, output)
  }
}
