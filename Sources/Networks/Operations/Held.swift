extension Graph {
  /// The value itself, as a constant for derivatives: nothing in front of it learns from what is behind it.
  package mutating func held(_ x: ValueID, _ name: String = "held") -> ValueID {
    append(.held, [x], name: name)
  }
}

extension Operation {
  /// The input, held constant: no gradient passes. Several objectives may read what one of them has computed, if the
  /// others read it held.
  struct Held: PassRules {
    func outputShape(_ inputs: InputShapes, in graph: Graph) -> Shape { inputs.only }
    func derivative(_ gradient: ValueID, on tape: inout Tape) -> [ValueID?] { [nil] }
    var title: LayerTitle { .hidden }
    var repetition: Repetition { .never }
  }
}
