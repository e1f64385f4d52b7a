import Networks

extension OperationExample {
  /// Every operation of a forward graph, and what engines join into one pass; their derivatives come with the training
  /// step.
  static let all = convolutions + norms + biases + pools + sums + joins + vectors

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
    OperationExample("batch norms computed again", Shape(3, 9, 7, 40), memory: .low) { graph, x in
      var y = x
      for number in 0..<4 {
        let z = graph.convolution(y, "c\(number)", channels: 40, window: Window(1, 1))
        y = graph.relu(graph.batchNorm(z, "n\(number)"))
      }
      return y
    },
    OperationExample("frozen batch norm, ReLU", Shape(3, 5, 7, 36)) { graph, x in
      let y = graph.relu(graph.batchNorm(x, "n"))
      graph = graph.freezingNorms
      return y
    },
    OperationExample("frozen batch norm of a bias", Shape(3, 5, 7, 20)) { graph, x in
      let y = graph.relu(graph.batchNorm(graph.bias(x, "b", fanIn: nil), "n"))
      graph = graph.freezingNorms
      return y
    },
    OperationExample("layer norm", Shape(3, 5, 7, 70)) { $0.layerNorm($1, "n") },
  ]

  /// Biases, which the pass or the batch norm behind them adds.
  private static let biases = [
    OperationExample("bias", Shape(3, 5, 3, 66)) { $0.bias($1, "b", fanIn: 66) },
    OperationExample("bias, ReLU", Shape(3, 5, 7, 40)) { $0.relu($0.bias($1, "b", fanIn: 40)) },
    OperationExample("bias, batch norm, ReLU", Shape(3, 5, 7, 24)) { graph, x in
      graph.relu(graph.batchNorm(graph.bias(x, "b", fanIn: 24), "n"))
    },
    OperationExample("bias, sum, ReLU", Shape(3, 5, 5, 18)) { graph, x in
      graph.relu(graph.add(x, graph.bias(x, "b", fanIn: 18)))
    },
    OperationExample("bias, ReLU, max pool 2×2/2", Shape(5, 8, 7, 32)) { graph, x in
      graph.maxPool(graph.relu(graph.bias(x, "b", fanIn: 32)), Window(2, 2, stride: 2))
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
    // Windows overlap where their number does not divide that of the pixels, and share pixels where it is larger.
    OperationExample("average pool to 3×4", Shape(2, 7, 5, 26)) {
      $0.adaptiveAveragePool($1, height: 3, width: 4)
    },
    OperationExample("average pool to 7×7", Shape(2, 7, 3, 72)) {
      $0.adaptiveAveragePool($1, height: 7, width: 7)
    },
    OperationExample("global average pool", Shape(3, 5, 4, 35)) { $0.globalAveragePool($1) },
  ]

  private static let sums = [
    OperationExample("ReLU", Shape(3, 5, 3, 21)) { $0.relu($1) },
    OperationExample("add to itself", Shape(2, 3, 5, 18)) { $0.add($1, $1) },
    OperationExample("weighted mean", Shape(2, 5, 3, 17)) { graph, x in
      let y = graph.convolution(x, "c", channels: 17, window: Window(1, 1))
      return graph.average([y, x, y], weights: [1, 3, 0.5])
    },
    OperationExample("concatenation", Shape(2, 5, 3, 10)) { graph, x in
      let y = graph.convolution(x, "c", channels: 12, window: Window(1, 1))
      return graph.concatenate([y, x, y])
    },
    // A block of two layers as in DenseNet: each stack begins with the one before it.
    OperationExample("dense block", Shape(2, 7, 6, 24)) { graph, x in
      var stack = x
      for number in 0..<2 {
        let y = graph.relu(graph.batchNorm(stack, "n\(number)"))
        let new = graph.convolution(y, "c\(number)", channels: 8, window: Window(3, 3, padding: 1))
        stack = graph.concatenate([stack, new], "layer\(number)")
      }
      return graph.averagePool(graph.relu(graph.batchNorm(stack, "n")), Window(2, 2, stride: 2))
    },
    OperationExample("dropout", Shape(4, 3, 5, 16)) { $0.dropout($1, rate: 0.4) },
  ]

  private static let joins = [
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
    OperationExample("attention", Shape(2, 9, 5, 48)) { graph, x in
      let query = graph.convolution(x, "q", channels: 48, window: Window(1, 1))
      return graph.attention(query: query, key: x, value: x, heads: 3)
    },
    OperationExample("weights of classes", Shape(5, 1, 1, 33)) { graph, x in
      graph.classWeights([x, graph.linear(x, "l", outputs: 33)], "w")
    },
    OperationExample("weights of held logits", Shape(5, 1, 1, 20)) { graph, x in
      let held = [x, x].map { graph.held($0) }
      return graph.add(x, graph.classWeights(held, "w"))
    },
  ]

  /// Layers of a head, on one vector an image.
  private static let vectors = [
    OperationExample("linear", Shape(5, 1, 1, 70)) { $0.linear($1, "l", outputs: 33) },
    OperationExample("linear of all pixels", Shape(3, 5, 4, 24)) { $0.linear($1, "l", outputs: 40) },
    // More inputs and outputs than a tile of the CPU's kernel for wide layers.
    OperationExample("wide linear, dropout, linear", Shape(6, 3, 3, 72)) { graph, x in
      let y = graph.dropout(graph.linear(x, "l0", outputs: 520), rate: 0.5)
      return graph.linear(y, "l3", outputs: 24)
    },
    OperationExample("cross entropy", Shape(5, 1, 1, 70), .crossEntropy) { $0.relu($1) },
  ]
}

extension Graph {
  /// The graph with all its batch norms frozen.
  fileprivate var freezingNorms: Graph {
    let names = Set(statistics.map { $0.name.prefix { $0 != "." } })
    let parameters = parameters.indices.filter {
      names.contains(self.parameters[$0].name.prefix { $0 != "." })
    }
    return freezing(
      Set(parameters.map(ParameterID.init(index:))), Set(statistics.indices.map(StatisticID.init(index:))))
  }
}
