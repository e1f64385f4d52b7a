extension Graph {
  /// Mean over height and width, `[N, 1, 1, C]`.
  package mutating func globalAveragePool(_ x: ValueID, _ name: String = "avgpool") -> ValueID {
    append(.globalAveragePool, [x], name: name)
  }
}

extension Operation {
  /// Mean over height and width.
  struct GlobalAveragePool: PassRules {
    func outputShape(_ inputs: InputShapes, in graph: Graph) -> Shape {
      Shape(inputs.only.batch, 1, 1, inputs.only.channels)
    }
    func derivative(_ gradient: ValueID, on tape: inout Tape) -> [ValueID?] {
      let toInput = GlobalAveragePoolGradient(input: tape.inputShape(0))
      return [tape.gradient(of: 0, .globalAveragePoolGradient(toInput), [gradient])]
    }
    var title: LayerTitle { .layer("mean of pixels") }
    /// The result is a few numbers: it costs less to keep than to compute again.
    var repetition: Repetition { .never }
  }

  /// Input: gradient. `input` is the shape of the pooling's input.
  package struct GlobalAveragePoolGradient: PassRules, DerivativeRules {
    package let input: Shape

    func outputShape(_ inputs: InputShapes, in graph: Graph) -> Shape { input }
  }
}
