import Networks
import TestSupport

// Graphs for single derivatives: the incoming gradient is an input, and the gradient of an input is an output.
extension Graph {
  /// x + 0, so that the gradient with respect to `x` exists: inputs themselves have none.
  mutating func probe(_ x: ValueID, _ name: String) -> ValueID {
    let bias = addParameter("\(name).probe", .bias(count: self[x].shape.channels, fanIn: 1))
    return append(.bias(Operation.Bias(bias: bias)), [x], name: name)
  }

  /// An input with a probe behind it, so that its gradient exists.
  mutating func probedInput(_ name: String, _ shape: Shape) -> ValueID {
    probe(input(name, shape), name)
  }

  /// The graph with the derivative of `value`. The incoming gradient is the input `gradient`. The outputs are `value`
  /// and, for each probe, `gradient.<probe>`.
  ///
  /// It is the training graph of a loss on `value`, with the loss's gradient replaced by the input.
  func pulledBack(from value: ValueID) -> Graph {
    var forward = self
    forward.markOutput(value, "value")
    let training = forward.differentiated([
      Objective(name: "loss", logits: value, loss: .binaryCrossEntropy)
    ])
    var result = Graph(parametersOf: training)
    for step in training.values {
      var (operation, inputs) = (step.operation, step.inputs)
      if case .loss = operation {
        (operation, inputs) = (.input(Operation.Input(name: "gradient", shape: step.shape)), [])
      }
      _ = result.append(operation, inputs, name: step.name)
      if case .biasGradient(let gradient) = operation, self[gradient.bias].name.hasSuffix(".probe") {
        let probe = self[gradient.bias].name.dropLast(".probe".count)
        result.markOutput(step.inputs[0], "gradient." + probe)
      }
    }
    for (name, value) in training.outputs { result.markOutput(value, name) }
    return result
  }
}
