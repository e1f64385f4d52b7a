import Networks
import Testing

/// Every way in which the lowering joins operations, checked against the interpreter.
@Suite struct FusionPatternTests {
  /// A few layers on an image; their result may have any size.
  struct Pattern: Sendable, CustomTestStringConvertible {
    let testDescription: String
    var shape = Shape(3, 7, 6, 5)
    let build: @Sendable (inout Graph, ValueID) -> ValueID

    init(
      _ name: String, shape: Shape = Shape(3, 7, 6, 5),
      _ build: @escaping @Sendable (inout Graph, ValueID) -> ValueID
    ) {
      testDescription = name
      self.shape = shape
      self.build = build
    }

    /// The layers with a classifier behind them.
    func graph(_ loss: Loss) -> (Graph, Objective) {
      var graph = Graph()
      let x = graph.input("x", shape)
      let features = build(&graph, x)
      let logits = graph.linear(graph.globalAveragePool(features), "fc", outputs: 3)
      graph.markOutput(logits, "logits")
      graph.markOutput(features, "features")
      return (graph, Objective(name: "loss", logits: logits, loss: loss))
    }
  }

  private static func convolution(
    _ g: inout Graph, _ x: ValueID, _ name: String, _ channels: Int = 4,
    window: Window = Window(3, 3, padding: 1)
  ) -> ValueID {
    g.convolution(x, name, channels: channels, window: window)
  }

  static let patterns: [Pattern] = [
    Pattern("conv-bn-relu-conv") { g, x in
      var y = convolution(&g, x, "c1")
      y = g.relu(g.batchNorm(y, "n1"))
      return convolution(&g, y, "c2")
    },
    Pattern("conv-bn-relu-1x1") { g, x in
      var y = convolution(&g, x, "c1")
      y = g.relu(g.batchNorm(y, "n1"))
      return convolution(&g, y, "c2", window: Window(1, 1))
    },
    Pattern("conv-bn-relu-1x1/2") { g, x in
      var y = convolution(&g, x, "c1")
      y = g.relu(g.batchNorm(y, "n1"))
      return convolution(&g, y, "c2", window: Window(1, 1, stride: 2))
    },
    Pattern("conv-bn-conv, no relu") { g, x in
      var y = convolution(&g, x, "c1")
      y = g.batchNorm(y, "n1")
      return convolution(&g, y, "c2", window: Window(3, 3, stride: 2, padding: 1))
    },
    Pattern("conv-bn-bn-relu-relu") { g, x in
      var y = convolution(&g, x, "c1")
      y = g.batchNorm(y, "n1")
      y = g.batchNorm(y, "n2")
      return g.relu(g.relu(y))
    },
    Pattern("relu without bn") { g, x in
      let y = convolution(&g, x, "c1")
      return convolution(&g, g.relu(y), "c2")
    },
    Pattern("bn without a convolution in front") { g, x in
      let y = g.relu(g.batchNorm(x, "n0"))
      return convolution(&g, y, "c1")
    },
    Pattern("biased convolution before bn") { g, x in
      let y = g.convolution(x, "c1", channels: 4, window: Window(3, 3), bias: true)
      return convolution(&g, g.relu(g.batchNorm(y, "n1")), "c2")
    },
    Pattern("bias read by two") { g, x in
      let y = g.convolution(x, "c1", channels: 4, window: Window(1, 1), bias: true)
      return g.add(g.relu(y), y)
    },
    Pattern("convolution output read by a bias and directly") { g, x in
      let y = convolution(&g, x, "c1")
      return g.add(g.relu(g.probe(y, "b1")), y)
    },
    Pattern("bn read by two") { g, x in
      let y = g.batchNorm(convolution(&g, x, "c1"), "n1")
      let a = convolution(&g, g.relu(y), "c2")
      return g.add(a, y)
    },
    Pattern("two bns of one convolution") { g, x in
      let y = convolution(&g, x, "c1")
      let a = g.relu(g.batchNorm(y, "n1"))
      let b = g.relu(g.batchNorm(y, "n2"))
      return g.add(convolution(&g, a, "c2"), b)
    },
    Pattern("relu read by two") { g, x in
      let y = g.relu(g.batchNorm(convolution(&g, x, "c1"), "n1"))
      return g.add(convolution(&g, y, "c2"), convolution(&g, y, "c3"))
    },
    Pattern("convolution output read by bn and directly") { g, x in
      let y = convolution(&g, x, "c1")
      return g.add(g.relu(g.batchNorm(y, "n1")), y)
    },
    Pattern("residual, identity shortcut") { g, x in
      let input = g.relu(convolution(&g, x, "c0"))
      var y = g.relu(g.batchNorm(convolution(&g, input, "c1"), "n1"))
      y = g.batchNorm(convolution(&g, y, "c2"), "n2")
      return convolution(&g, g.relu(g.add(y, input)), "c3")
    },
    Pattern("residual, projected shortcut") { g, x in
      let input = g.relu(convolution(&g, x, "c0"))
      let half = Window(3, 3, stride: 2, padding: 1)
      var y = g.relu(g.batchNorm(convolution(&g, input, "c1", 6, window: half), "n1"))
      y = g.batchNorm(convolution(&g, y, "c2", 6), "n2")
      let shortcut = convolution(&g, input, "d", 6, window: Window(1, 1, stride: 2))
      return g.relu(g.add(y, g.batchNorm(shortcut, "dn")))
    },
    Pattern("sum of a value with itself, three times") { g, x in
      let y = convolution(&g, x, "c1")
      return g.add(g.add(y, y), y)
    },
    Pattern("sum read by relu and directly") { g, x in
      let y = convolution(&g, x, "c1")
      let z = g.add(y, g.batchNorm(y, "n1"))
      return g.add(g.relu(z), z)
    },
    Pattern("average of three, with bn and relu to be applied") { g, x in
      let a = g.relu(g.batchNorm(convolution(&g, x, "c1"), "n1"))
      let b = convolution(&g, x, "c2")
      let c = g.batchNorm(convolution(&g, x, "c3"), "n3")
      return convolution(&g, g.relu(g.average([a, b, c], weights: [1, 2, 0.5])), "c4")
    },
    Pattern("average of a value and its convolution") { g, x in
      let a = g.relu(g.batchNorm(convolution(&g, x, "c1"), "n1"))
      return g.average([a, convolution(&g, a, "c2"), a], weights: [3, 1, 1])
    },
    Pattern("concatenation of trained values") { g, x in
      let a = g.relu(g.batchNorm(convolution(&g, x, "c1", 3), "n1"))
      let b = convolution(&g, x, "c2", 2)
      let joined = g.concatenate([a, b, x])
      return convolution(&g, g.relu(g.batchNorm(joined, "n3")), "c3")
    },
    Pattern("max pooling of bn and relu") { g, x in
      let y = g.relu(g.batchNorm(convolution(&g, x, "c1"), "n1"))
      return g.maxPool(y, Window(3, 3, stride: 2, padding: 1))
    },
    Pattern("max pooling of bn, relu read elsewhere too") { g, x in
      let y = g.relu(g.batchNorm(convolution(&g, x, "c1"), "n1"))
      let a = g.maxPool(y, Window(3, 3, stride: 1, padding: 1))
      return g.add(a, y)
    },
    Pattern("dropout between convolutions") { g, x in
      let y = g.relu(g.batchNorm(convolution(&g, x, "c1"), "n1"))
      let z = g.dropout(y, rate: 0.3, "d1")
      return g.add(g.dropout(convolution(&g, z, "c2"), rate: 0.5, "d2"), y)
    },
    Pattern("batch of one", shape: Shape(1, 9, 7, 2)) { g, x in
      let y = g.relu(g.batchNorm(convolution(&g, x, "c1"), "n1"))
      return convolution(&g, y, "c2", window: Window(3, 3, stride: 2, padding: 1))
    },
    Pattern("one pixel with stride 2", shape: Shape(4, 1, 1, 3)) { g, x in
      let y = g.relu(convolution(&g, x, "c1"))
      return convolution(&g, y, "c2", window: Window(3, 3, stride: 2, padding: 1))
    },
    Pattern("one row with stride 3", shape: Shape(2, 1, 7, 3)) { g, x in
      let y = g.relu(convolution(&g, x, "c1"))
      return convolution(&g, y, "c2", window: Window(3, 2, stride: 3, padding: 1))
    },
    Pattern("window larger than stride steps over pixels", shape: Shape(2, 9, 8, 3)) { g, x in
      let y = g.relu(convolution(&g, x, "c1"))
      return convolution(&g, y, "c2", window: Window(2, 2, stride: 3))
    },
    Pattern("many channels", shape: Shape(1, 3, 3, 140)) { g, x in
      let y = g.relu(g.batchNorm(convolution(&g, x, "c1", 130), "n1"))
      return convolution(&g, y, "c2", 5)
    },
    Pattern("many rows", shape: Shape(2, 40, 40, 2)) { g, x in
      let y = g.relu(g.batchNorm(convolution(&g, x, "c1", 3), "n1"))
      return convolution(&g, y, "c2", 2, window: Window(1, 1))
    },
  ]

  @Test(arguments: patterns) func agreesWithTheInterpreter(_ pattern: Pattern) throws {
    for loss in [Loss.binaryCrossEntropy, .crossEntropy] {
      let (graph, objective) = pattern.graph(loss)
      let errors = try stepErrors(graph, [objective], seed: 5, classes: 3)
      #expect(errors.outputs < 1e-5 && errors.losses < 1e-5, "\(errors)")
      #expect(errors.statistics < 1e-5, "\(errors)")
      #expect(errors.gradients < 1e-4, "\(errors)")
    }
  }

  static let fusions: [ThinNetwork.Fusion] =
    [.early, .late(isJoint: true), .late(isJoint: false)]
    + (0...4).map { .middle(stage: $0, weights: $0 == 2 ? [1, 1] : [1, 3]) }

  @Test(arguments: fusions) func residualNetworksAgreeWithTheInterpreter(_ fusion: ThinNetwork.Fusion) throws
  {
    for (seed, height, dropout) in [(1, 16, 0), (2, 21, 0.25)] as [(UInt64, Int, Float)] {
      var network = ThinNetwork()
      network.shape = (batch: 4, height: height, width: 19)
      network.dropout = dropout
      let (graph, objectives) = network.build(fusion)
      let errors = try stepErrors(graph, objectives, seed: seed, classes: network.classes)
      #expect(errors.outputs < 2e-5 && errors.losses < 2e-5, "\(errors)")
      #expect(errors.statistics < 2e-5, "\(errors)")
      #expect(errors.gradients < 1e-4, "\(errors)")
    }
  }

  /// Three sensors, both stems, height and width that differ.
  @Test(arguments: [
    ThinNetwork.Fusion.early, .middle(stage: 0, weights: [1, 3, 0.5]), .middle(stage: 3, weights: [1, 1, 1]),
    .late(isJoint: true), .late(isJoint: false),
  ])
  func threeSensorsAgreeWithTheInterpreter(_ fusion: ThinNetwork.Fusion) throws {
    for hasSmallStem in [false, true] {
      var network = ThinNetwork()
      network.sensors = [("c", 2), ("a", 3), ("b", 1)]
      network.shape = hasSmallStem ? (batch: 3, height: 10, width: 7) : (batch: 3, height: 24, width: 20)
      network.hasSmallStem = hasSmallStem
      let (graph, objectives) = network.build(fusion)
      let errors = try stepErrors(graph, objectives, seed: 6, classes: network.classes)
      #expect(errors.outputs < 2e-5 && errors.losses < 2e-5, "\(errors)")
      #expect(errors.statistics < 2e-5, "\(errors)")
      #expect(errors.gradients < 1e-4, "\(errors)")
    }
  }

  @Test(arguments: fusions) func inferenceAgreesWithTheInterpreter(_ fusion: ThinNetwork.Fusion) throws {
    var network = ThinNetwork()
    network.dropout = 0.5
    let (graph, _) = network.build(fusion)
    let bench = try Workbench(graph, .inference)
    bench.store.scramble(seed: 3)
    bench.fillInputs(seed: 3)
    bench.run()
    var reference = ReferenceInterpreter(graph, at: bench, mode: .inference)
    reference.run()
    #expect(normError(bench.output("logits"), reference.output("logits")) < 2e-6)
  }
}
