import Networks
import Testing

/// Operations that join features of several sensors.
@Suite struct JoinTests {
  @Test(arguments: [
    OperationCase("gated sum", Shape(2, 3, 3, 5)) { g, x in
      let y = g.convolution(x, "c", channels: 5, window: Window(1, 1))
      let logits = g.convolution(x, "gate", channels: 5, window: Window(1, 1), bias: true)
      return g.gatedSum(logits: logits, x, y)
    },
    OperationCase("gated sum behind batch norms and a ReLU", Shape(2, 4, 3, 18)) { g, x in
      let y = g.relu(g.batchNorm(g.convolution(x, "c", channels: 18, window: Window(1, 1)), "n1"))
      let logits = g.convolution(g.concatenate([x, y]), "gate", channels: 18, window: Window(1, 1))
      return g.gatedSum(logits: logits, g.batchNorm(x, "n2"), y)
    },
    OperationCase("gated sum of one value", Shape(2, 3, 3, 4)) { g, x in
      g.gatedSum(logits: x, g.convolution(x, "c", channels: 4, window: Window(1, 1)), x)
    },
    OperationCase("sum of three scaled values", Shape(3, 4, 5, 6)) { g, x in
      let weights = g.linear(g.globalAveragePool(x), "l", outputs: 18)
      let y = g.relu(g.batchNorm(g.convolution(x, "c", channels: 6, window: Window(1, 1)), "n"))
      return g.scaledSum([x, y, x], weights: g.sigmoid(weights, factor: 0.7))
    },
    OperationCase("one scaled value", Shape(2, 3, 3, 20)) { g, x in
      g.scaledSum([x], weights: g.linear(g.globalAveragePool(x), "l", outputs: 20))
    },
    OperationCase("sigmoid of an image", Shape(2, 4, 3, 7)) { g, x in
      g.sigmoid(g.relu(g.batchNorm(x, "n")))
    },
  ])
  func followJoinRules(_ operation: OperationCase) throws { try operation.check() }

  @Test(arguments: [
    OperationCase("layer norm", Shape(2, 3, 3, 5)) { $0.layerNorm($1, "n") },
    OperationCase("layer norm of many channels behind a ReLU", Shape(2, 2, 3, 70)) { g, x in
      g.layerNorm(g.relu(g.batchNorm(x, "bn")), "n")
    },
    OperationCase("attention", Shape(2, 3, 3, 8)) { g, x in
      let parts = ["q", "k", "v"].map { g.convolution(x, $0, channels: 8, window: Window(1, 1)) }
      return g.attention(query: parts[0], key: parts[1], value: parts[2], heads: 2)
    },
    // More tokens than a GPU's block takes at a time, and a number that no block divides.
    OperationCase("attention of 35 pixels to themselves", Shape(1, 5, 7, 12)) { g, x in
      let y = g.convolution(x, "q", channels: 12, window: Window(1, 1), bias: true)
      return g.attention(query: y, key: x, value: x, heads: 1)
    },
  ])
  func followAttentionRules(_ operation: OperationCase) throws { try operation.check() }

  @Test(arguments: [
    OperationCase("weights of classes", Shape(3, 1, 1, 4)) { g, x in
      g.classWeights([x, g.linear(x, "l", outputs: 4)], "w")
    },
    OperationCase("of three networks", Shape(3, 1, 1, 4)) { g, x in
      g.classWeights([x, g.linear(x, "l1", outputs: 4), g.linear(x, "l2", outputs: 4)], "w")
    },
  ])
  func followWeightRules(_ operation: OperationCase) throws { try operation.check() }
}
