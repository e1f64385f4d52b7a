extension Graph {
  /// max(x, 0).
  package mutating func relu(_ x: ValueID, _ name: String = "relu") -> ValueID {
    append(.relu, [x], name: name)
  }
}

extension Operation {
  /// max(x, 0).
  struct ReLU: PassRules {
    func outputShape(_ inputs: InputShapes, in graph: Graph) -> Shape { inputs.only }
    func derivative(_ gradient: ValueID, on tape: inout Tape) -> [ValueID?] {
      guard tape.isWanted(0) else { return [nil] }
      let y = tape.output()
      return [tape.append(.reluGradient, [y, gradient])]
    }
    var title: LayerTitle { .whereKept("ReLU") }
    var repetition: Repetition { .cheap { _ in .relu } }
  }

  /// Inputs: the ReLU's output and gradient.
  struct ReLUGradient: PassRules, DerivativeRules {
    func outputShape(_ inputs: InputShapes, in graph: Graph) -> Shape { inputs.equal }
  }
}
