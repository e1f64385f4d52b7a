extension Graph {
  /// Σ wᵢ xᵢ / Σ wᵢ over values of one shape.
  package mutating func average(_ xs: [ValueID], weights: [Float], _ name: String = "average") -> ValueID {
    append(.average(Operation.Average(weights: weights)), xs, name: name)
  }
}

extension Operation {
  /// Σ wᵢ xᵢ / Σ wᵢ.
  package struct Average: OperationRules {
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
    var parametersRead: [ParameterID] { [] }
    var parametersLearnt: [ParameterID] { [] }
    var title: LayerTitle { .layer("weighted mean") }
    func arithmetic(_ inputs: [Shape], _ output: Shape, in graph: Graph) -> Int { 0 }
    /// Networks have only one or two, and to compute one again takes all its inputs again.
    var repetition: Repetition { .never }
  }

  /// Input times a factor.
  package struct Scale: OperationRules {
    package let factor: Float

    func outputShape(_ inputs: InputShapes, in graph: Graph) -> Shape { inputs.only }
    func derivative(_ gradient: ValueID, on tape: inout Tape) -> [ValueID?] { tape.endsHere() }
    var parametersRead: [ParameterID] { [] }
    var parametersLearnt: [ParameterID] { [] }
    var title: LayerTitle { .hidden }
    func arithmetic(_ inputs: [Shape], _ output: Shape, in graph: Graph) -> Int { 0 }
    var repetition: Repetition { .never }
  }
}
