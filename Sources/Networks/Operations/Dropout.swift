extension Graph {
  /// Zeroes a share of the elements in training and scales the others up (Srivastava et al. 2014).
  package mutating func dropout(_ x: ValueID, rate: Float, _ name: String = "dropout") -> ValueID {
    precondition(rate >= 0 && rate < 1, "a dropout rate lies in 0..<1")
    return rate == 0 ? x : append(.dropout(Operation.Dropout(rate: rate)), [x], name: name)
  }
}

extension Operation {
  /// Zeroes a share of the elements in training and multiplies the others by 1 / (1 - rate).
  package struct Dropout: PassRules {
    package let rate: Float

    func outputShape(_ inputs: InputShapes, in graph: Graph) -> Shape { inputs.only }
    func derivative(_ gradient: ValueID, on tape: inout Tape) -> [ValueID?] {
      let toInput = DropoutGradient(rate: rate, forward: tape.first)
      return [tape.gradient(of: 0, .dropoutGradient(toInput), [gradient])]
    }
    var title: LayerTitle { .layer("dropout") }
    /// A repetition would draw another mask.
    var repetition: Repetition { .never }
  }

  /// Input: gradient. `forward` is the value of the dropout.
  package struct DropoutGradient: PassRules, DerivativeRules {
    package let rate: Float
    package let forward: ValueID

    func outputShape(_ inputs: InputShapes, in graph: Graph) -> Shape { inputs.only }
  }
}
