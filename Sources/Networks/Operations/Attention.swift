extension Graph {
  /// Attention of each pixel of `query` to all pixels of the same image of `key`, with the contents `value`. All have one
  /// shape `[N, H, W, C]`; head j has the channels j C / heads ..< (j + 1) C / heads.
  package mutating func attention(
    query: ValueID, key: ValueID, value: ValueID, heads: Int, _ name: String = "attention"
  ) -> ValueID {
    append(.attention(Operation.Attention(heads: heads)), [query, key, value], name: name)
  }
}

extension Operation {
  /// Inputs: queries q, keys k, values v. For each head the softmax over the keys of q · k / √d, times v; d is the number of
  /// channels of a head (Vaswani et al. 2017).
  ///
  /// Scores of an image are T² numbers a head, T the number of its pixels. No engine keeps them: the backward pass computes
  /// them again. 1024 pixels and four heads would be 16.8 MB an image.
  package struct Attention: OperationRules {
    package let heads: Int

    /// The most channels of a head, for which the kernels of a GPU have registers.
    package static let mostChannels = 32

    func outputShape(_ inputs: InputShapes, in graph: Graph) -> Shape {
      let x = inputs.equal
      precondition(inputs.shapes.count == 3, "\(inputs.name): attention takes queries, keys and values")
      precondition(
        heads > 0 && x.channels % heads == 0 && x.channels / heads <= Self.mostChannels,
        "\(inputs.name): \(x.channels) channels are no \(heads) heads of 1 to \(Self.mostChannels) channels")
      return x
    }
    func derivative(_ gradient: ValueID, on tape: inout Tape) -> [ValueID?] {
      let inputs = (0..<3).map { tape.input($0) } + [gradient]
      return (0..<3).map { index in
        let toInput = AttentionGradient(heads: heads, input: index, forward: tape.first)
        return tape.gradient(of: index, .attentionGradient(toInput), inputs)
      }
    }
    var parametersRead: [ParameterID] { [] }
    var parametersLearnt: [ParameterID] { [] }
    var title: LayerTitle { .layer("attention, \(heads) head\(heads == 1 ? "" : "s")") }
    /// Scores, and their product with the values.
    func arithmetic(_ inputs: [Shape], _ output: Shape, in graph: Graph) -> Int {
      4 * output.count * output.pixels
    }
    /// The layer behind reads the result, and to compute it again takes queries, keys and values again.
    var repetition: Repetition { .never }
  }

  /// Inputs: q, k, v and the gradient of the result. The gradient of one of the three. An engine computes all that are
  /// wanted together.
  package struct AttentionGradient: DerivativeRules {
    package let heads: Int
    /// The input whose gradient this is: 0 q, 1 k, 2 v.
    package let input: Int
    /// The value of the attention.
    package let forward: ValueID

    func outputShape(_ inputs: InputShapes, in graph: Graph) -> Shape { inputs.equal }
    var parametersRead: [ParameterID] { [] }
    var parametersLearnt: [ParameterID] { [] }
    /// Five products of all pairs of pixels. Scores, their gradients and the product with the keys count for q.
    func arithmetic(_ inputs: [Shape], _ output: Shape, in graph: Graph) -> Int {
      (input == 0 ? 6 : 2) * output.count * output.pixels
    }
  }
}
