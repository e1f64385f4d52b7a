import Networks

/// What an instruction of a program is there for, for measurements.
package struct InstructionWork: Sendable {
  /// What kind of layer asked for it.
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

  /// The graph's value that it helps to compute; one convolution may take several instructions.
  package let value: Int
  /// The layer, by its PyTorch module path.
  package let layer: String
  /// The type of the instruction, e.g. `ConvolutionForward`.
  package let kernel: String
  package let kind: Kind
  /// For convolutions but not for linear layers.
  package let convolution: ConvolutionWork?
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
  /// Of the forward pass, `[N, H, W, C]`.
  package let input, output: Shape

  /// Two for each multiplication and addition of a direct convolution, whatever the kernel does.
  package var flops: Int { 2 * output.count * window.taps * input.channels }
}

extension CPUProgram {
  /// What each instruction is there for.
  package var work: [InstructionWork] {
    zip(instructions, origins).map { instruction, origin in
      let (kind, product): (InstructionWork.Kind, ProductWork?) =
        instruction is ParameterUpdate
        ? (.update, nil)
        : origin < graph.values.count ? graph.work(of: graph.values[origin]) : (.passes, nil)
      return InstructionWork(
        value: origin, layer: instruction.layer, kernel: "\(type(of: instruction))", kind: kind,
        convolution: product?.convolution)
    }
  }
}

/// One pass of a convolution or a linear layer.
struct ProductWork {
  let pass: ConvolutionWork.Pass
  /// nil for a linear layer.
  let convolution: ConvolutionWork?

  init(linear pass: ConvolutionWork.Pass) { (self.pass, convolution) = (pass, nil) }

  init(_ pass: ConvolutionWork.Pass, _ window: Window, _ input: Shape, _ output: Shape) {
    self.pass = pass
    convolution = ConvolutionWork(pass: pass, window: window, input: input, output: output)
  }

  /// The kind of layer: "3×3", "linear".
  var layer: String { convolution?.window.description ?? "linear" }
}

extension Graph {
  /// What a value is computed for, and the matrix product that it may be.
  func work(of value: Value) -> (InstructionWork.Kind, ProductWork?) {
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
    case .maxPool, .averagePool, .globalAveragePool, .maxPoolGradient, .averagePoolGradient,
      .globalAveragePoolGradient:
      return (.pooling, nil)
    case .loss: return (.loss, nil)
    }
  }
}
