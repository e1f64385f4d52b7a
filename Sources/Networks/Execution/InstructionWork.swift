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

/// One pass of a convolution or a linear layer.
package struct ProductWork {
  package let pass: ConvolutionWork.Pass
  /// nil for a linear layer.
  package let convolution: ConvolutionWork?

  fileprivate init(linear pass: ConvolutionWork.Pass) { (self.pass, convolution) = (pass, nil) }

  fileprivate init(_ pass: ConvolutionWork.Pass, _ window: Window, _ input: Shape, _ output: Shape) {
    self.pass = pass
    convolution = ConvolutionWork(pass: pass, window: window, input: input, output: output)
  }

  /// The kind of layer: "3×3", "linear".
  package var layer: String { convolution?.window.description ?? "linear" }
}

extension Graph {
  /// The kind of work that computes a value, and the matrix product if the value is one.
  package func work(of value: Value) -> (InstructionWork.Kind, ProductWork?) {
    func shape(_ input: Int) -> Shape { self[value.inputs[input]].shape }
    switch value.operation {
    case .convolution(let layer):
      return (.convolution, ProductWork(.forward, layer.window, shape(0), value.shape))
    case .convolutionInputGradient(let step):
      return (
        .convolutionInputGradient, ProductWork(.inputGradient, step.window, value.shape, shape(0))
      )
    case .convolutionWeightGradient(let step):
      return (.convolutionWeightGradient, ProductWork(.weightGradient, step.window, shape(0), shape(1)))
    case .linear: return (.linear, ProductWork(linear: .forward))
    case .linearInputGradient: return (.linear, ProductWork(linear: .inputGradient))
    case .linearWeightGradient: return (.linear, ProductWork(linear: .weightGradient))
    case .batchNorm, .repeatedBatchNorm: return (.batchNorm, nil)
    case .batchNormGradient: return (.batchNormGradient, nil)
    case .input, .bias, .relu, .add, .average, .concatenate, .dropout: return (.passes, nil)
    case .biasGradient, .reluGradient, .gradientSum, .scale, .slice, .dropoutGradient:
      return (.passGradients, nil)
    case .maxPool, .averagePool, .adaptiveAveragePool, .globalAveragePool, .maxPoolGradient,
      .averagePoolGradient, .adaptiveAveragePoolGradient, .globalAveragePoolGradient:
      return (.pooling, nil)
    case .loss: return (.loss, nil)
    }
  }
}
