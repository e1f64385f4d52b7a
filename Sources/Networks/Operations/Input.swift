extension Graph {
  /// A batch of images `[N, H, W, C]` given from outside.
  package mutating func input(_ name: String, _ shape: Shape) -> ValueID {
    append(.input(Operation.Input(name: name, shape: shape)), [], name: name)
  }
}

extension Operation {
  /// A value given from outside, under a name.
  package struct Input: PassRules {
    package let name: String
    let shape: Shape

    package init(name: String, shape: Shape) {
      self.name = name
      self.shape = shape
    }

    func outputShape(_ inputs: InputShapes, in graph: Graph) -> Shape { shape }
    func derivative(_ gradient: ValueID, on tape: inout Tape) -> [ValueID?] { [] }
    var title: LayerTitle { .hidden }
    var repetition: Repetition { .never }
  }
}
