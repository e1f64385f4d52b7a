extension Graph {
  /// Layer normalisation over the channels of each pixel: `name.weight`, `name.bias`.
  package mutating func layerNorm(_ x: ValueID, _ name: String, epsilon: Float = 1e-5) -> ValueID {
    let channels = self[x].shape.channels
    let norm = Operation.LayerNorm(
      scale: addParameter("\(name).weight", .normScale(channels)),
      shift: addParameter("\(name).bias", .normShift(channels)), epsilon: epsilon)
    return append(.layerNorm(norm), [x], name: name)
  }
}

extension Operation {
  /// Layer normalisation (Ba, Kiros, Hinton 2016) as `torch.nn.LayerNorm` over the channels of each pixel, with the biased
  /// variance. The variance is summed from differences to the mean, in a second pass over the channels.
  package struct LayerNorm: OperationRules {
    package let scale, shift: ParameterID
    package let epsilon: Float

    func outputShape(_ inputs: InputShapes, in graph: Graph) -> Shape {
      precondition(
        graph[scale].count == inputs.only.channels, "\(inputs.name): one scale a channel is needed")
      return inputs.only
    }
    func derivative(_ gradient: ValueID, on tape: inout Tape) -> [ValueID?] {
      let x = tape.input(0)
      return [tape.append(.layerNormGradient(LayerNormGradient(norm: self)), [x, gradient])]
    }
    var parametersRead: [ParameterID] { [scale, shift] }
    var parametersLearnt: [ParameterID] { [] }
    var title: LayerTitle { .layer("layer norm") }
    func arithmetic(_ inputs: [Shape], _ output: Shape, in graph: Graph) -> Int { 0 }
    var repetition: Repetition { .cheap { _ in .layerNorm(self) } }
  }

  /// Inputs: the layer's input and gradient. Sets the gradients of scale and shift.
  package struct LayerNormGradient: DerivativeRules {
    package let norm: LayerNorm

    func outputShape(_ inputs: InputShapes, in graph: Graph) -> Shape { inputs.equal }
    var parametersRead: [ParameterID] { [norm.scale] }
    var parametersLearnt: [ParameterID] { [norm.scale, norm.shift] }
    func arithmetic(_ inputs: [Shape], _ output: Shape, in graph: Graph) -> Int { 0 }
  }
}
