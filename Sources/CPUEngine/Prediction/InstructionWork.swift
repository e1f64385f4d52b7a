import Networks

extension CPUProgram {
  /// What each instruction is there for.
  package var work: [InstructionWork] {
    zip(instructions, origins).map { instruction, origin in
      let (kind, convolution) =
        instruction is ParameterUpdate
        ? (.update, nil)
        : origin < graph.values.count ? graph.work(of: graph.values[origin]) : (.passes, nil)
      return InstructionWork(
        value: origin, layer: instruction.layer, kernel: "\(type(of: instruction))", kind: kind,
        convolution: convolution)
    }
  }
}

extension Graph {
  fileprivate func work(of value: Value) -> (InstructionWork.Kind, ConvolutionWork?) {
    func shape(_ input: Int) -> Shape { self[value.inputs[input]].shape }
    switch value.operation {
    case .convolution(let window, let weight):
      return convolution(.forward, .convolution, weight, window, shape(0), value.shape)
    case .convolutionInputGradient(let window, let weight, let input):
      return convolution(.inputGradient, .convolutionInputGradient, weight, window, input, shape(0))
    case .convolutionWeightGradient(let window, let weight):
      return convolution(.weightGradient, .convolutionWeightGradient, weight, window, shape(0), shape(1))
    case .batchNorm, .repeatedBatchNorm: return (.batchNorm, nil)
    case .batchNormGradient: return (.batchNormGradient, nil)
    case .input, .bias, .relu, .add, .average, .concatenate, .dropout: return (.passes, nil)
    case .biasGradient, .reluGradient, .gradientSum, .scale, .slice, .dropoutGradient:
      return (.passGradients, nil)
    case .maxPool, .globalAveragePool, .maxPoolGradient, .globalAveragePoolGradient: return (.pooling, nil)
    case .loss: return (.loss, nil)
    }
  }

  private func convolution(
    _ pass: ConvolutionWork.Pass, _ kind: InstructionWork.Kind, _ weight: ParameterID, _ window: Window,
    _ input: Shape, _ output: Shape
  ) -> (InstructionWork.Kind, ConvolutionWork?) {
    if case .linearWeight = self[weight].kind { return (.linear, nil) }
    return (kind, ConvolutionWork(pass: pass, window: window, input: input, output: output))
  }
}
