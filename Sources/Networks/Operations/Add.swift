extension Graph {
  /// a + b, of one shape.
  package mutating func add(_ a: ValueID, _ b: ValueID, _ name: String = "add") -> ValueID {
    append(.add, [a, b], name: name)
  }
}

extension Operation {
  /// Sum of the inputs.
  struct Add: PassRules {
    func outputShape(_ inputs: InputShapes, in graph: Graph) -> Shape { inputs.equal }
    func derivative(_ gradient: ValueID, on tape: inout Tape) -> [ValueID?] {
      [ValueID?](repeating: gradient, count: tape.inputCount)
    }
    var title: LayerTitle { .whereKept("sum") }
    var repetition: Repetition { .cheap { _ in .add } }
  }

  /// Sum of the gradients of a value that several operations read.
  struct GradientSum: PassRules, DerivativeRules {
    func outputShape(_ inputs: InputShapes, in graph: Graph) -> Shape { inputs.equal }
  }
}
