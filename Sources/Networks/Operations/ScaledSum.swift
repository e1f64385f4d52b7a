extension Graph {
  /// Σ wᵢ xᵢ over values `[N, H, W, C]`. The weights `[N, 1, 1, n C]` hold a number for each channel of each image,
  /// those of x₀ first.
  package mutating func scaledSum(_ xs: [ValueID], weights: ValueID, _ name: String = "scaledsum") -> ValueID
  {
    append(.scaledSum(Operation.ScaledSum(begin: 0)), [weights] + xs, name: name)
  }
}

extension Operation {
  /// Inputs: weights `[N, 1, 1, K]` and values `[N, H, W, C]`. Σ wᵢ xᵢ, where wᵢ are the C weights from `begin` + i C on.
  package struct ScaledSum: PassRules {
    package let begin: Int

    func outputShape(_ inputs: InputShapes, in graph: Graph) -> Shape {
      let (weights, values) = (inputs.shapes[0], inputs.shapes.dropFirst())
      let x = InputShapes(shapes: Array(values), name: inputs.name).equal
      precondition(
        weights.batch == x.batch && weights.pixels == 1
          && weights.channels >= begin + values.count * x.channels,
        "\(inputs.name): a weight for each channel of each image is needed, found \(weights) for \(x)")
      return x
    }
    func derivative(_ gradient: ValueID, on tape: inout Tape) -> [ValueID?] {
      let weights = tape.input(0)
      let channels = tape.inputShape(1).channels
      var gradients: [ValueID?] = (1..<tape.inputCount).map { index in
        let scale = ScaledSum(begin: begin + (index - 1) * channels)
        return tape.gradient(of: index, .scaledSum(scale), [weights, gradient])
      }
      var ofWeights: ValueID?
      if tape.isWanted(0) {
        precondition(
          tape.inputShape(0).channels == gradients.count * channels, "all weights of a trained sum are read")
        let products = (1..<tape.inputCount).map { index in
          let x = tape.input(index)
          return tape.append(.productSum, [gradient, x])
        }
        ofWeights = products.count == 1 ? products[0] : tape.append(.concatenate, products)
      }
      gradients.insert(ofWeights, at: 0)
      return gradients
    }
    var title: LayerTitle { .layer("sum of scaled channels") }
    /// To compute it again takes all its inputs again, as an average does.
    var repetition: Repetition { .never }
  }

  /// Inputs: a gradient and a value `[N, H, W, C]`. The sum of their products over the pixels of each image, `[N, 1, 1, C]`.
  struct ProductSum: PassRules, DerivativeRules {
    func outputShape(_ inputs: InputShapes, in graph: Graph) -> Shape {
      Shape(inputs.equal.batch, 1, 1, inputs.equal.channels)
    }
  }
}
