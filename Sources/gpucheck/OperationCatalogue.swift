import Networks

/// An operation on a shape that is hard for kernels: odd sizes, more than 16 and more than 64 channels, padding, strides
/// larger than the window.
struct OperationExample: Sendable {
  let name: String
  let shape: Shape
  let loss: Loss
  /// Adds the operation to a graph. Its input is a value of `shape` that depends on a trained parameter.
  let build: @Sendable (inout Graph, ValueID) -> ValueID

  init(
    _ name: String, _ shape: Shape, _ loss: Loss = .binaryCrossEntropy,
    _ build: @escaping @Sendable (inout Graph, ValueID) -> ValueID
  ) {
    (self.name, self.shape, self.loss, self.build) = (name, shape, loss, build)
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

  /// Every operation of a forward graph; their derivatives come with the training step.
  static let all = convolutions + norms + pools + others

  private static let convolutions = [
    OperationExample("convolution 1×1", Shape(2, 5, 5, 24)) {
      $0.convolution($1, "c", channels: 40, window: Window(1, 1))
    },
    OperationExample("convolution 1×1/2", Shape(3, 6, 5, 16)) {
      $0.convolution($1, "c", channels: 32, window: Window(1, 1, stride: 2))
    },
    OperationExample("convolution 3×3", Shape(2, 7, 6, 19)) {
      $0.convolution($1, "c", channels: 21, window: Window(3, 3, padding: 1))
    },
    OperationExample("convolution 3×3/2", Shape(2, 9, 8, 64)) {
      $0.convolution($1, "c", channels: 72, window: Window(3, 3, stride: 2, padding: 1))
    },
    OperationExample("convolution 7×7/2, bias", Shape(2, 12, 11, 12)) {
      $0.convolution($1, "c", channels: 16, window: Window(7, 7, stride: 2, padding: 3), bias: true)
    },
  ]

  private static let norms = [
    OperationExample("batch norm", Shape(3, 5, 5, 20)) { $0.batchNorm($1, "n") },
    OperationExample("batch norm, ReLU", Shape(3, 5, 7, 80)) { $0.relu($0.batchNorm($1, "n")) },
    OperationExample("batch norm, sum, ReLU", Shape(3, 5, 5, 24)) { graph, x in
      let y = graph.convolution(x, "c", channels: 24, window: Window(1, 1))
      return graph.relu(graph.add(graph.batchNorm(y, "n"), x))
    },
    OperationExample("two batch norms, ReLU", Shape(3, 5, 5, 33)) { graph, x in
      let y = graph.convolution(x, "c", channels: 33, window: Window(1, 1))
      return graph.relu(graph.add(graph.batchNorm(x, "n1"), graph.batchNorm(y, "n2")))
    },
  ]

  private static let pools = [
    OperationExample("max pool 3×3/2", Shape(2, 7, 9, 20)) {
      $0.maxPool($1, Window(3, 3, stride: 2, padding: 1))
    },
    OperationExample("average pool 3×3/2", Shape(2, 7, 5, 70)) {
      $0.averagePool($1, Window(3, 3, stride: 2, padding: 1))
    },
    OperationExample("average pool 2×2/3", Shape(1, 8, 5, 12)) {
      $0.averagePool($1, Window(2, 2, stride: 3))
    },
    OperationExample("global average pool", Shape(3, 5, 4, 35)) { $0.globalAveragePool($1) },
  ]

  private static let others = [
    OperationExample("add to itself", Shape(2, 3, 5, 18)) { $0.add($1, $1) },
    OperationExample("weighted mean", Shape(2, 5, 3, 17)) { graph, x in
      let y = graph.convolution(x, "c", channels: 17, window: Window(1, 1))
      return graph.average([y, x, y], weights: [1, 3, 0.5])
    },
    OperationExample("concatenation", Shape(2, 5, 3, 10)) { graph, x in
      let y = graph.convolution(x, "c", channels: 12, window: Window(1, 1))
      return graph.concatenate([y, x, y])
    },
    OperationExample("gated sum", Shape(3, 5, 3, 21)) { graph, x in
      let y = graph.convolution(x, "c", channels: 21, window: Window(1, 1))
      let logits = graph.convolution(x, "gate", channels: 21, window: Window(1, 1), bias: true)
      return graph.gatedSum(logits: logits, x, y)
    },
    OperationExample("sum of scaled channels", Shape(3, 5, 3, 18)) { graph, x in
      let weights = graph.linear(graph.globalAveragePool(x), "l", outputs: 54)
      let y = graph.convolution(x, "c", channels: 18, window: Window(1, 1))
      return graph.scaledSum([x, y, x], weights: graph.sigmoid(weights, factor: 0.5))
    },
    OperationExample("layer norm", Shape(3, 5, 7, 70)) { $0.layerNorm($1, "n") },
    OperationExample("attention", Shape(2, 9, 5, 48)) { graph, x in
      let query = graph.convolution(x, "q", channels: 48, window: Window(1, 1))
      return graph.attention(query: query, key: x, value: x, heads: 3)
    },
    OperationExample("weights of classes", Shape(5, 1, 1, 33)) { graph, x in
      graph.classWeights([x, graph.linear(x, "l", outputs: 33)], "w")
    },
    OperationExample("ReLU", Shape(3, 5, 3, 21)) { $0.relu($1) },
    OperationExample("bias", Shape(3, 5, 3, 66)) { $0.bias($1, "b", fanIn: 66) },
    OperationExample("dropout", Shape(4, 3, 5, 16)) { $0.dropout($1, rate: 0.4) },
    OperationExample("linear", Shape(5, 1, 1, 70)) { $0.linear($1, "l", outputs: 33) },
    OperationExample("cross entropy", Shape(5, 1, 1, 70), .crossEntropy) { $0.relu($1) },
  ]
}
