/// Layers as model files write them. `name` is the PyTorch module path; parameters are named below it.
extension Graph {
  /// A batch of images `[N, H, W, C]` given from outside.
  package mutating func input(_ name: String, _ shape: Shape) -> ValueID {
    append(.input(name), [], shape: shape, name: name)
  }

  /// 2-D convolution, `name.weight` and, when asked for, `name.bias`.
  package mutating func convolution(
    _ x: ValueID, _ name: String, channels: Int, window: Window, bias: Bool = false
  ) -> ValueID {
    let input = self[x].shape.channels
    let weight = addParameter(
      "\(name).weight", .convolutionWeight(window, input: input, output: channels))
    let y = append(.convolution(window, weight: weight), [x], name: name)
    guard bias else { return y }
    let shift = addParameter("\(name).bias", .bias(count: channels, fanIn: input * window.taps))
    return append(.bias(shift), [y], name: "\(name).bias")
  }

  /// Batch normalisation over N, H and W.
  package mutating func batchNorm(
    _ x: ValueID, _ name: String, momentum: Float = 0.1, epsilon: Float = 1e-5, isFrozen: Bool = false
  ) -> ValueID {
    let channels = self[x].shape.channels
    let norm = BatchNorm(
      scale: addParameter("\(name).weight", .normScale(channels)),
      shift: addParameter("\(name).bias", .normShift(channels)),
      runningMean: addStatistic("\(name).running_mean", count: channels, initialValue: 0),
      runningVariance: addStatistic("\(name).running_var", count: channels, initialValue: 1),
      momentum: momentum, epsilon: epsilon, isFrozen: isFrozen)
    return append(.batchNorm(norm), [x], name: name)
  }

  package mutating func relu(_ x: ValueID, _ name: String = "relu") -> ValueID {
    append(.relu, [x], name: name)
  }

  package mutating func add(_ a: ValueID, _ b: ValueID, _ name: String = "add") -> ValueID {
    append(.add, [a, b], name: name)
  }

  /// Σ wᵢ xᵢ / Σ wᵢ over values of one shape.
  package mutating func average(_ xs: [ValueID], weights: [Float], _ name: String = "average") -> ValueID {
    append(.average(weights), xs, name: name)
  }

  /// The channels of all values, in order.
  package mutating func concatenate(_ xs: [ValueID], _ name: String = "concatenate") -> ValueID {
    append(.concatenate, xs, name: name)
  }

  package mutating func maxPool(_ x: ValueID, _ window: Window, _ name: String = "maxpool") -> ValueID {
    append(.maxPool(window), [x], name: name)
  }

  /// Mean over height and width, `[N, 1, 1, C]`.
  package mutating func globalAveragePool(_ x: ValueID, _ name: String = "avgpool") -> ValueID {
    append(.globalAveragePool, [x], name: name)
  }

  /// Zeroes a share of the elements in training and scales the others up (Srivastava et al. 2014).
  package mutating func dropout(_ x: ValueID, rate: Float, _ name: String = "dropout") -> ValueID {
    precondition(rate >= 0 && rate < 1, "a dropout rate lies in 0..<1")
    return rate == 0 ? x : append(.dropout(rate: rate), [x], name: name)
  }

  /// Fully connected layer on `[N, 1, 1, C]`, `name.weight` and `name.bias`.
  package mutating func linear(_ x: ValueID, _ name: String, outputs: Int) -> ValueID {
    let shape = self[x].shape
    precondition(shape.pixels == 1, "\(name): a linear layer takes vectors, found \(shape)")
    let weight = addParameter("\(name).weight", .linearWeight(input: shape.channels, output: outputs))
    let bias = addParameter("\(name).bias", .bias(count: outputs, fanIn: shape.channels))
    let y = append(.convolution(Window(1, 1), weight: weight), [x], name: name)
    return append(.bias(bias), [y], name: "\(name).bias")
  }
}
