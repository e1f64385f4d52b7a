import Networks

extension CPUProgram {
  /// The kind of work and the layer of each instruction.
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
  /// The kind of work that computes a value, and the matrix product if the value is one.
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
