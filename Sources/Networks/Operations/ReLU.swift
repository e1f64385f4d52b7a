extension Graph {
  /// max(x, 0).
  package mutating func relu(_ x: ValueID, _ name: String = "relu") -> ValueID {
    append(.relu, [x], name: name)
  }
}

extension Operation {
  /// max(x, 0).
  struct ReLU: OperationRules {
    func outputShape(_ inputs: InputShapes, in graph: Graph) -> Shape { inputs.only }
    func derivative(_ gradient: ValueID, on tape: inout Tape) -> [ValueID?] {
      guard tape.isWanted(0) else { return [nil] }
      let y = tape.output()
      return [tape.append(.reluGradient, [y, gradient])]
    }
    var parametersRead: [ParameterID] { [] }
    var parametersLearnt: [ParameterID] { [] }
    var title: LayerTitle { .whereKept("ReLU") }
    func arithmetic(_ inputs: [Shape], _ output: Shape, in graph: Graph) -> Int { 0 }
    var repetition: Repetition { .cheap { _ in .relu } }
  }

  /// Inputs: the ReLU's output and gradient.
  struct ReLUGradient: OperationRules {
    func outputShape(_ inputs: InputShapes, in graph: Graph) -> Shape { inputs.equal }
    func derivative(_ gradient: ValueID, on tape: inout Tape) -> [ValueID?] { tape.endsHere() }
    var parametersRead: [ParameterID] { [] }
    var parametersLearnt: [ParameterID] { [] }
    var title: LayerTitle { .hidden }
    func arithmetic(_ inputs: [Shape], _ output: Shape, in graph: Graph) -> Int { 0 }
    var repetition: Repetition { .never }
  }
}
