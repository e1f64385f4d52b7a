extension Graph {
  /// Fully connected layer on images `[N, H, W, C]`, with the parameters `name.weight` and `name.bias`.
  ///
  /// Each image is one vector of C · H · W numbers in the order C, H, W, as `torch.nn.Flatten` gives it. Nothing is copied
  /// for that: the layer is a convolution whose window covers the image. `[O, C · H · W]` and `[O, C, H, W]` are the same
  /// bytes. Example: 25088 inputs of a VGG are images of 7×7 pixels and 512 channels.
  /// - Parameter fromZero: whether a training from scratch begins with a result of zeros.
  package mutating func linear(
    _ x: ValueID, _ name: String, outputs: Int, fromZero: Bool = false
  ) -> ValueID {
    let image = self[x].shape
    let weight = addParameter(
      "\(name).weight",
      .linearWeight(Window(image.height, image.width), input: image.channels, output: outputs),
      startsAtZero: fromZero)
    let y = append(.linear(Operation.Linear(weight: weight)), [x], name: name)
    return bias(y, name, fanIn: fromZero ? nil : image.pixels * image.channels)
  }
}

extension Operation {
  /// y = x w: one vector `[N, 1, 1, O]` for each image `[N, H, W, C]`.
  package struct Linear: OperationRules {
    package let weight: ParameterID

    func outputShape(_ inputs: InputShapes, in graph: Graph) -> Shape {
      let (input, output) = graph.matrix(weight)
      let x = inputs.only
      let window = graph.window(weight)
      precondition(
        (x.height, x.width) == (window.height, window.width),
        "\(inputs.name): the layer was made for \(window.height)×\(window.width) pixels, found \(x)")
      precondition(
        input == x.channels, "\(inputs.name): \(graph[weight].shape) does not apply to \(inputs.shapes)")
      return Shape(x.batch, 1, 1, output)
    }
    func derivative(_ gradient: ValueID, on tape: inout Tape) -> [ValueID?] {
      tape.learn(.linearWeightGradient(LinearWeightGradient(weight: weight))) { [$0.input(0), gradient] }
      return [tape.gradient(of: 0, .linearInputGradient(LinearInputGradient(weight: weight)), [gradient])]
    }
    var parametersRead: [ParameterID] { [weight] }
    var parametersLearnt: [ParameterID] { [] }
    var title: LayerTitle { .layer("linear") }
    func arithmetic(_ inputs: [Shape], _ output: Shape, in graph: Graph) -> Int {
      2 * output.rows * graph[weight].count
    }
    var repetition: Repetition { .byArithmetic { _ in .linear(self) } }
  }

  /// Input: gradient of the layer.
  package struct LinearInputGradient: DerivativeRules {
    package let weight: ParameterID

    func outputShape(_ inputs: InputShapes, in graph: Graph) -> Shape {
      let window = graph.window(weight)
      return Shape(inputs.only.batch, window.height, window.width, graph.matrix(weight).input)
    }
    var parametersRead: [ParameterID] { [weight] }
    var parametersLearnt: [ParameterID] { [] }
    func arithmetic(_ inputs: [Shape], _ output: Shape, in graph: Graph) -> Int {
      2 * inputs[0].rows * graph[weight].count
    }
  }

  /// Inputs: the layer's input and gradient. Sets the gradient of the weight; the value is empty.
  package struct LinearWeightGradient: DerivativeRules {
    package let weight: ParameterID

    func outputShape(_ inputs: InputShapes, in graph: Graph) -> Shape { Shape(1, 1, 1, 1) }
    var parametersRead: [ParameterID] { [] }
    var parametersLearnt: [ParameterID] { [weight] }
    func arithmetic(_ inputs: [Shape], _ output: Shape, in graph: Graph) -> Int {
      2 * inputs[1].rows * graph[weight].count
    }
  }
}
