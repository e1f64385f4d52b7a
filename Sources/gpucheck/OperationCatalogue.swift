import Networks

/// An operation on a shape that is hard for kernels: odd sizes, more than 16 and more than 64 channels, padding, strides
/// larger than the window.
struct OperationExample: Sendable {
  let name: String
  let shape: Shape
  let loss: Loss
  /// How the training step weighs memory against time.
  let memory: MemoryMode
  /// Adds the operation to a graph. Its input is a value of `shape` that depends on a trained parameter.
  let build: @Sendable (inout Graph, ValueID) -> ValueID

  init(
    _ name: String, _ shape: Shape, _ loss: Loss = .binaryCrossEntropy, memory: MemoryMode = .balanced,
    _ build: @escaping @Sendable (inout Graph, ValueID) -> ValueID
  ) {
    (self.name, self.shape, self.loss, self.memory, self.build) = (name, shape, loss, memory, build)
  }

  /// The operation between two convolutions. The gradient of the front weight needs the operation's input gradient. The
  /// convolution behind gives every element of the result a different gradient.
  func network() -> (graph: Graph, objectives: [Objective]) {
    var graph = Graph()
    let image = graph.input("x", shape)
    let x = graph.convolution(image, "front", channels: shape.channels, window: Window(1, 1))
    let y = build(&graph, x)
    graph.markOutput(y, "value")
    let size = graph[y].shape
    let z = graph.convolution(y, "behind", channels: 3, window: Window(size.height, size.width), bias: true)
    let logits = graph.linear(z, "fc", outputs: 3)
    graph.markOutput(logits, "logits")
    return (graph, [Objective(name: "loss", logits: logits, loss: loss)])
  }
}
