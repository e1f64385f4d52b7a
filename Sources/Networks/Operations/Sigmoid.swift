extension Graph {
  /// `factor` / (1 + e⁻ˣ), computed in float32.
  package mutating func sigmoid(_ x: ValueID, factor: Float = 1, _ name: String = "sigmoid") -> ValueID {
    append(.sigmoid(Operation.Sigmoid(factor: factor)), [x], name: name)
  }
}

extension Operation {
  /// A factor times the logistic function. Values are float32 at every precision.
  package struct Sigmoid: PassRules {
    package let factor: Float

    func outputShape(_ inputs: InputShapes, in graph: Graph) -> Shape { inputs.only }
    func derivative(_ gradient: ValueID, on tape: inout Tape) -> [ValueID?] {
      let x = tape.input(0)
      return [tape.gradient(of: 0, .sigmoidGradient(SigmoidGradient(factor: factor)), [x, gradient])]
    }
    var title: LayerTitle { .layer("sigmoid") }
    var repetition: Repetition { .cheap { _ in .sigmoid(self) } }
  }

  /// Inputs: x and the gradient of the result. `factor` times the gradient times σ(x) (1 − σ(x)).
  package struct SigmoidGradient: PassRules, DerivativeRules {
    package let factor: Float

    func outputShape(_ inputs: InputShapes, in graph: Graph) -> Shape { inputs.equal }
  }
}
