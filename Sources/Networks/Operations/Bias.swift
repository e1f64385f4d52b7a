extension Graph {
  /// x + `name.bias`, one number a channel.
  ///
  /// - Parameters:
  ///   - fanIn: number of inputs that one output of the layer sums up. The bias starts within ±1/√`fanIn`.
  ///   - fromZero: whether the bias starts at 0 instead.
  package mutating func bias(
    _ x: ValueID, _ name: String, fanIn: Int, fromZero: Bool = false
  ) -> ValueID {
    let bias = addParameter(
      "\(name).bias", .bias(count: self[x].shape.channels, fanIn: fanIn), startsAtZero: fromZero)
    return append(.bias(Operation.Bias(bias: bias)), [x], name: "\(name).bias")
  }
}

extension Operation {
  /// x + b, channel by channel.
  package struct Bias: OperationRules {
    package let bias: ParameterID

    package init(bias: ParameterID) { self.bias = bias }

    func outputShape(_ inputs: InputShapes, in graph: Graph) -> Shape {
      precondition(
        graph[bias].count == inputs.only.channels, "\(inputs.name): one bias a channel is needed")
      return inputs.only
    }
    func derivative(_ gradient: ValueID, on tape: inout Tape) -> [ValueID?] {
      tape.learn(.biasGradient(BiasGradient(bias: bias))) { _ in [gradient] }
      return [gradient]
    }
    var parametersRead: [ParameterID] { [bias] }
    var parametersLearnt: [ParameterID] { [] }
    var title: LayerTitle { .ofLayerBefore }
    func arithmetic(_ inputs: [Shape], _ output: Shape, in graph: Graph) -> Int { 0 }
    /// The bias is added to the layer's output in place: a second time would add it twice.
    var repetition: Repetition { .never }
  }

  /// Input: gradient. Sets the gradient of the bias; the value is empty.
  package struct BiasGradient: OperationRules {
    package let bias: ParameterID

    func outputShape(_ inputs: InputShapes, in graph: Graph) -> Shape { Shape(1, 1, 1, 1) }
    func derivative(_ gradient: ValueID, on tape: inout Tape) -> [ValueID?] { tape.endsHere() }
    var parametersRead: [ParameterID] { [] }
    var parametersLearnt: [ParameterID] { [bias] }
    var title: LayerTitle { .hidden }
    func arithmetic(_ inputs: [Shape], _ output: Shape, in graph: Graph) -> Int { 0 }
    var repetition: Repetition { .never }
  }
}
