extension Graph {
  /// Σ wᵢ zᵢ of the logits of several networks, with w = softmax over the networks of the parameter `name.weight`
  /// `[networks, K]`: a weight for each network and class. At the start all weights are equal.
  package mutating func classWeights(_ logits: [ValueID], _ name: String) -> ValueID {
    let classes = self[logits[0]].shape.channels
    let weights = addParameter("\(name).weight", .classWeights(networks: logits.count, classes: classes))
    let stacked = concatenate(logits, name + ".stack")
    return append(.classWeights(Operation.ClassWeights(weights: weights)), [stacked], name: name)
  }
}

extension Operation {
  /// Input: the logits of all networks side by side, `[N, 1, 1, networks · K]`. Their sum weighted by class, `[N, 1, 1, K]`.
  ///
  /// Example: the parameters 0 and ln 3 of a class give it a quarter of the first logit and three quarters of the second.
  package struct ClassWeights: OperationRules {
    package let weights: ParameterID

    func outputShape(_ inputs: InputShapes, in graph: Graph) -> Shape {
      let (x, classes) = (inputs.only, graph[weights].shape[1])
      precondition(
        x.pixels == 1 && x.channels == graph[weights].count, "\(inputs.name): one logit a weight is needed")
      return Shape(x.batch, 1, 1, classes)
    }
    func derivative(_ gradient: ValueID, on tape: inout Tape) -> [ValueID?] {
      tape.learn(.classWeightsGradient(ClassWeightsGradient(weights: weights))) { [$0.input(0), gradient] }
      let toInput = ClassWeightsInputGradient(weights: weights)
      return [tape.gradient(of: 0, .classWeightsInputGradient(toInput), [gradient])]
    }
    var parametersRead: [ParameterID] { [weights] }
    var parametersLearnt: [ParameterID] { [] }
    var title: LayerTitle { .layer("weighted by class") }
    func arithmetic(_ inputs: [Shape], _ output: Shape, in graph: Graph) -> Int { 0 }
    /// The result is a few numbers: it costs less to keep than to compute again.
    var repetition: Repetition { .never }
  }

  /// Input: gradient of the weighted sum. The gradient of the logits, `[N, 1, 1, networks · K]`.
  package struct ClassWeightsInputGradient: DerivativeRules {
    package let weights: ParameterID

    func outputShape(_ inputs: InputShapes, in graph: Graph) -> Shape {
      Shape(inputs.only.batch, 1, 1, graph[weights].count)
    }
    var parametersRead: [ParameterID] { [weights] }
    var parametersLearnt: [ParameterID] { [] }
    func arithmetic(_ inputs: [Shape], _ output: Shape, in graph: Graph) -> Int { 0 }
  }

  /// Inputs: the logits and the gradient of their weighted sum. Sets the gradient of the parameter; the value is empty.
  package struct ClassWeightsGradient: DerivativeRules {
    package let weights: ParameterID

    func outputShape(_ inputs: InputShapes, in graph: Graph) -> Shape { Shape(1, 1, 1, 1) }
    var parametersRead: [ParameterID] { [weights] }
    var parametersLearnt: [ParameterID] { [weights] }
    func arithmetic(_ inputs: [Shape], _ output: Shape, in graph: Graph) -> Int { 0 }
  }
}
