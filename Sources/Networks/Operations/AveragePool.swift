extension Graph {
  /// The mean under each place of a window. Padding counts as zeros.
  package mutating func averagePool(_ x: ValueID, _ window: Window, _ name: String = "avgpool") -> ValueID {
    append(.averagePool(Operation.AveragePool(window: window)), [x], name: name)
  }
}

extension Operation {
  /// The mean under each place of a window, as `torch.nn.AvgPool2d`. Padding counts as zeros, so every sum is divided by
  /// the pixels of the whole window. Example: a 2×2 window with one pixel in the image gives a quarter of that pixel.
  package struct AveragePool: PassRules {
    package let window: Window

    func outputShape(_ inputs: InputShapes, in graph: Graph) -> Shape { inputs.pooled(window) }
    func derivative(_ gradient: ValueID, on tape: inout Tape) -> [ValueID?] {
      let toInput = AveragePoolGradient(window: window, input: tape.inputShape(0))
      return [tape.gradient(of: 0, .averagePoolGradient(toInput), [gradient])]
    }
    var title: LayerTitle { .layer("average pool \(window)") }
    /// The result is smaller than the input from which it would be computed again.
    var repetition: Repetition { .never }
  }

  /// Input: gradient. `input` is the shape of the pooling's input.
  package struct AveragePoolGradient: PassRules, DerivativeRules {
    package let window: Window
    package let input: Shape

    func outputShape(_ inputs: InputShapes, in graph: Graph) -> Shape { input }
  }
}
