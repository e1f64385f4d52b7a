extension Graph {
  /// g a + (1 − g) b with g = σ(l), for each channel of each pixel. σ is the logistic function; l, a and b have one shape.
  package mutating func gatedSum(
    logits: ValueID, _ a: ValueID, _ b: ValueID, _ name: String = "gatedsum"
  ) -> ValueID {
    append(.gatedSum, [logits, a, b], name: name)
  }
}

extension Operation {
  /// Inputs: logits l, a and b. b + σ(l) (a − b).
  ///
  /// Example: l = 0 gives the mean of a and b, l = 4 gives 0.98 a + 0.02 b.
  struct GatedSum: PassRules {
    func outputShape(_ inputs: InputShapes, in graph: Graph) -> Shape { inputs.equal }
    func derivative(_ gradient: ValueID, on tape: inout Tape) -> [ValueID?] {
      let inputs = (0..<3).map { tape.input($0) } + [gradient]
      return (0..<3).map { index in
        let toInput = GatedSumGradient(input: index, forward: tape.first)
        return tape.gradient(of: index, .gatedSumGradient(toInput), inputs)
      }
    }
    var title: LayerTitle { .layer("gated sum") }
    /// A repetition would need the logits, which take as much memory as the result.
    var repetition: Repetition { .never }
  }

  /// Inputs: logits l, a, b and the gradient y of the sum. The gradient of one of the three:
  /// y (a − b) g (1 − g), y g or y (1 − g). An engine computes all that are wanted in one pass.
  package struct GatedSumGradient: PassRules, DerivativeRules {
    /// The input whose gradient this is: 0 the logits, 1 a, 2 b.
    package let input: Int
    /// The value of the sum.
    package let forward: ValueID

    func outputShape(_ inputs: InputShapes, in graph: Graph) -> Shape { inputs.equal }
  }
}
