extension Graph {
  /// The shape that an operation gives. A mismatch is an error of the model file, hence a precondition.
  func outputShape(of operation: Operation, inputs: [Shape], name: String) -> Shape {
    func only() -> Shape {
      precondition(inputs.count == 1, "\(name): expected one input, found \(inputs.count)")
      return inputs[0]
    }
    func equal() -> Shape {
      precondition(
        !inputs.isEmpty && inputs.allSatisfy { $0 == inputs[0] },
        "\(name): the inputs must have one shape, found \(inputs)")
      return inputs[0]
    }
    func windowed(_ window: Window, channels: Int) -> Shape {
      let x = only()
      let output = window.output(height: x.height, width: x.width)
      precondition(
        output.height > 0 && output.width > 0 && x.height + 2 * window.padding >= window.height
          && x.width + 2 * window.padding >= window.width,
        "\(name): a \(window.height)x\(window.width) window does not fit into \(x)")
      return Shape(x.batch, output.height, output.width, channels)
    }
    switch operation {
    case .input, .convolutionWeightGradient, .biasGradient:
      preconditionFailure("\(name): the shape of \(operation) is given, not derived")
    case .convolution(let window, let weight):
      guard case (let input, let output) = matrix(weight), input == only().channels else {
        preconditionFailure("\(name): \(self[weight].shape) does not apply to \(inputs)")
      }
      return windowed(window, channels: output)
    case .bias(let parameter):
      precondition(self[parameter].count == only().channels, "\(name): one bias a channel is needed")
      return only()
    case .batchNorm(let norm):
      precondition(self[norm.scale].count == only().channels, "\(name): one scale a channel is needed")
      return only()
    case .relu, .scale, .dropout, .dropoutGradient, .repeatedBatchNorm: return only()
    case .add, .gradientSum: return equal()
    case .average(let weights):
      precondition(weights.count == inputs.count, "\(name): one weight an input is needed")
      return equal()
    case .concatenate:
      let x = inputs[0]
      precondition(
        inputs.allSatisfy { ($0.batch, $0.height, $0.width) == (x.batch, x.height, x.width) },
        "\(name): only channels may differ, found \(inputs)")
      return Shape(x.batch, x.height, x.width, inputs.reduce(0) { $0 + $1.channels })
    case .maxPool(let window):
      precondition(
        2 * window.padding <= min(window.height, window.width),
        "\(name): padding may be at most half of the pooling window")
      return windowed(window, channels: only().channels)
    case .globalAveragePool: return Shape(only().batch, 1, 1, only().channels)
    case .loss, .reluGradient, .batchNormGradient: return equal()
    case .convolutionInputGradient(_, _, let input), .maxPoolGradient(_, _, let input),
      .globalAveragePoolGradient(let input):
      return input
    case .slice(_, let channels): return Shape(only().batch, only().height, only().width, channels)
    }
  }

  /// Input and output channels of a weight.
  func matrix(_ weight: ParameterID) -> (input: Int, output: Int) {
    switch self[weight].kind {
    case .convolutionWeight(_, let input, let output), .linearWeight(let input, let output): (input, output)
    default: preconditionFailure("\(self[weight].name) is not a weight")
    }
  }
}
