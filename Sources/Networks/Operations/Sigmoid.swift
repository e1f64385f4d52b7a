extension Graph {
  /// `factor` / (1 + e⁻ˣ), computed in float32.
  package mutating func sigmoid(_ x: ValueID, factor: Float = 1, _ name: String = "sigmoid") -> ValueID {
    append(.sigmoid(Operation.Sigmoid(factor: factor)), [x], name: name)
  }
}

extension Operation {
  /// A factor times the logistic function. Values are float32 at every precision.
  package struct Sigmoid: OperationRules {
    package let factor: Float

    func outputShape(_ inputs: InputShapes, in graph: Graph) -> Shape { inputs.only }
    func derivative(_ gradient: ValueID, on tape: inout Tape) -> [ValueID?] {
      let x = tape.input(0)
      return [tape.gradient(of: 0, .sigmoidGradient(SigmoidGradient(factor: factor)), [x, gradient])]
    }
    var parametersRead: [ParameterID] { [] }
    var parametersLearnt: [ParameterID] { [] }
    var title: LayerTitle { .layer("sigmoid") }
    func arithmetic(_ inputs: [Shape], _ output: Shape, in graph: Graph) -> Int { 0 }
    var repetition: Repetition { .cheap { _ in .sigmoid(self) } }
  }

  /// Inputs: x and the gradient of the result. `factor` times the gradient times σ(x) (1 − σ(x)).
  package struct SigmoidGradient: OperationRules {
    package let factor: Float

    func outputShape(_ inputs: InputShapes, in graph: Graph) -> Shape { inputs.equal }
    func derivative(_ gradient: ValueID, on tape: inout Tape) -> [ValueID?] { tape.endsHere() }
    var parametersRead: [ParameterID] { [] }
    var parametersLearnt: [ParameterID] { [] }
    var title: LayerTitle { .hidden }
    func arithmetic(_ inputs: [Shape], _ output: Shape, in graph: Graph) -> Int { 0 }
    var repetition: Repetition { .never }
  }
}
