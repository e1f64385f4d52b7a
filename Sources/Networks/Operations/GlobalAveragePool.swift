extension Graph {
  /// Mean over height and width, `[N, 1, 1, C]`.
  package mutating func globalAveragePool(_ x: ValueID, _ name: String = "avgpool") -> ValueID {
    append(.globalAveragePool, [x], name: name)
  }
}

extension Operation {
  /// Mean over height and width.
  struct GlobalAveragePool: OperationRules {
    func outputShape(_ inputs: InputShapes, in graph: Graph) -> Shape {
      Shape(inputs.only.batch, 1, 1, inputs.only.channels)
    }
    func derivative(_ gradient: ValueID, on tape: inout Tape) -> [ValueID?] {
      let toInput = GlobalAveragePoolGradient(input: tape.inputShape(0))
      return [tape.gradient(of: 0, .globalAveragePoolGradient(toInput), [gradient])]
    }
    var parametersRead: [ParameterID] { [] }
    var parametersLearnt: [ParameterID] { [] }
    var title: LayerTitle { .layer("mean of pixels") }
    func arithmetic(_ inputs: [Shape], _ output: Shape, in graph: Graph) -> Int { 0 }
    /// The result is a few numbers: it costs less to keep than to compute again.
    var repetition: Repetition { .never }
  }

  /// Input: gradient. `input` is the shape of the pooling's input.
  package struct GlobalAveragePoolGradient: OperationRules {
    package let input: Shape

    func outputShape(_ inputs: InputShapes, in graph: Graph) -> Shape { input }
    func derivative(_ gradient: ValueID, on tape: inout Tape) -> [ValueID?] { tape.endsHere() }
    var parametersRead: [ParameterID] { [] }
    var parametersLearnt: [ParameterID] { [] }
    var title: LayerTitle { .hidden }
    func arithmetic(_ inputs: [Shape], _ output: Shape, in graph: Graph) -> Int { 0 }
    var repetition: Repetition { .never }
  }
}
