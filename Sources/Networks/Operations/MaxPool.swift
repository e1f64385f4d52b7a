extension Graph {
  /// The maximum under each place of a window. Padding is never the maximum.
  package mutating func maxPool(_ x: ValueID, _ window: Window, _ name: String = "maxpool") -> ValueID {
    append(.maxPool(Operation.MaxPool(window: window)), [x], name: name)
  }
}

extension Operation {
  /// The maximum under each place of a window, as `torch.nn.MaxPool2d`.
  package struct MaxPool: PassRules {
    package let window: Window

    func outputShape(_ inputs: InputShapes, in graph: Graph) -> Shape { inputs.pooled(window) }
    func derivative(_ gradient: ValueID, on tape: inout Tape) -> [ValueID?] {
      let toInput = MaxPoolGradient(window: window, forward: tape.first, input: tape.inputShape(0))
      return [tape.gradient(of: 0, .maxPoolGradient(toInput), [gradient])]
    }
    var title: LayerTitle { .layer("max pool \(window)") }
    /// Its derivative reads the places of maxima that the first pass found, and its result is smaller than
    /// its input.
    var repetition: Repetition { .never }
  }

  /// Input: gradient. `forward` is the value of the pooling.
  package struct MaxPoolGradient: PassRules, DerivativeRules {
    package let window: Window
    package let forward: ValueID
    /// The shape of the pooling's input.
    package let input: Shape

    func outputShape(_ inputs: InputShapes, in graph: Graph) -> Shape { input }
  }
}
