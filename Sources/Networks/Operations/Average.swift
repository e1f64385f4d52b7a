extension Graph {
  /// Σ wᵢ xᵢ / Σ wᵢ over values of one shape.
  package mutating func average(_ xs: [ValueID], weights: [Float], _ name: String = "average") -> ValueID {
    append(.average(Operation.Average(weights: weights)), xs, name: name)
  }
}

extension Operation {
  /// Σ wᵢ xᵢ / Σ wᵢ.
  package struct Average: PassRules {
    package let weights: [Float]

    func outputShape(_ inputs: InputShapes, in graph: Graph) -> Shape {
      precondition(
        weights.count == inputs.shapes.count, "\(inputs.name): one weight an input is needed")
      return inputs.equal
    }
    func derivative(_ gradient: ValueID, on tape: inout Tape) -> [ValueID?] {
      let total = weights.reduce(0, +)
      return weights.enumerated().map { index, weight in
        tape.gradient(of: index, .scale(Scale(factor: weight / total)), [gradient])
      }
    }
    var title: LayerTitle { .layer("weighted mean") }
    /// Networks have only one or two, and to compute one again takes all its inputs again.
    var repetition: Repetition { .never }
  }

  /// Input times a factor.
  package struct Scale: PassRules, DerivativeRules {
    package let factor: Float

    func outputShape(_ inputs: InputShapes, in graph: Graph) -> Shape { inputs.only }
  }
}
