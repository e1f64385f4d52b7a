extension Graph {
  /// 2-D convolution with the parameters `name.weight` and, if `bias`, `name.bias`.
  ///
  /// - Parameters:
  ///   - startsAtZero: whether the bias starts at 0 and not within ±1/√fan-in.
  ///   - fromZero: whether a training from scratch begins with a result of zeros: weight and bias start at 0.
  package mutating func convolution(
    _ x: ValueID, _ name: String, channels: Int, window: Window, bias: Bool = false,
    startsAtZero: Bool = false, fromZero: Bool = false
  ) -> ValueID {
    let input = self[x].shape.channels
    let weight = addParameter(
      "\(name).weight", .convolutionWeight(window, input: input, output: channels), startsAtZero: fromZero)
    let y = append(.convolution(Operation.Convolution(window: window, weight: weight)), [x], name: name)
    return bias ? self.bias(y, name, fanIn: startsAtZero || fromZero ? nil : input * window.taps) : y
  }

  /// Input and output channels of a weight.
  package func matrix(_ weight: ParameterID) -> (input: Int, output: Int) {
    switch self[weight].kind {
    case .convolutionWeight(_, let input, let output), .linearWeight(_, let input, let output):
      (input, output)
    case .bias, .normScale, .normShift, .classWeights:
      preconditionFailure("\(self[weight].name) is not a weight")
    }
  }

  /// The window of a weight. That of a linear layer covers the whole image that the layer reads.
  package func window(_ weight: ParameterID) -> Window {
    switch self[weight].kind {
    case .convolutionWeight(let window, _, _), .linearWeight(let window, _, _): window
    case .bias, .normScale, .normShift, .classWeights:
      preconditionFailure("\(self[weight].name) is not a weight")
    }
  }
}

extension Operation {
  /// y = x * w.
  package struct Convolution: OperationRules {
    package let window: Window
    package let weight: ParameterID

    func outputShape(_ inputs: InputShapes, in graph: Graph) -> Shape {
      let (input, output) = graph.matrix(weight)
      precondition(
        input == inputs.only.channels,
        "\(inputs.name): \(graph[weight].shape) does not apply to \(inputs.shapes)")
      return inputs.windowed(window, channels: output)
    }
    func derivative(_ gradient: ValueID, on tape: inout Tape) -> [ValueID?] {
      tape.learn(.convolutionWeightGradient(ConvolutionWeightGradient(window: window, weight: weight))) {
        [$0.input(0), gradient]
      }
      let toInput = ConvolutionInputGradient(window: window, weight: weight, input: tape.inputShape(0))
      return [tape.gradient(of: 0, .convolutionInputGradient(toInput), [gradient])]
    }
    var parametersRead: [ParameterID] { [weight] }
    var parametersLearnt: [ParameterID] { [] }
    var title: LayerTitle { .layer("convolution \(window)") }
    func arithmetic(_ inputs: [Shape], _ output: Shape, in graph: Graph) -> Int {
      2 * output.rows * graph[weight].count
    }
    var repetition: Repetition { .byArithmetic { _ in .convolution(self) } }
  }

  /// Input: gradient of the convolution. `input` is the shape of the convolution's input.
  package struct ConvolutionInputGradient: DerivativeRules {
    package let window: Window
    package let weight: ParameterID
    package let input: Shape

    func outputShape(_ inputs: InputShapes, in graph: Graph) -> Shape { input }
    var parametersRead: [ParameterID] { [weight] }
    var parametersLearnt: [ParameterID] { [] }
    func arithmetic(_ inputs: [Shape], _ output: Shape, in graph: Graph) -> Int {
      2 * inputs[0].rows * graph[weight].count
    }
  }

  /// Inputs: the convolution's input and gradient. Sets the gradient of the weight; the value is empty.
  package struct ConvolutionWeightGradient: DerivativeRules {
    package let window: Window
    package let weight: ParameterID

    func outputShape(_ inputs: InputShapes, in graph: Graph) -> Shape { Shape(1, 1, 1, 1) }
    var parametersRead: [ParameterID] { [] }
    var parametersLearnt: [ParameterID] { [weight] }
    func arithmetic(_ inputs: [Shape], _ output: Shape, in graph: Graph) -> Int {
      2 * inputs[1].rows * graph[weight].count
    }
  }
}
