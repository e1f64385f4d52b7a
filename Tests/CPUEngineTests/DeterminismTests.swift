import Basics
import CPUEngine
import Networks
import Testing

/// A step gives the same bits on any number of threads, and reads no memory that it did not write itself.
@Suite struct DeterminismTests {
  /// A graph large enough for every kind of splitting: several row blocks, column blocks and partial sums.
  static func wideGraph(batch: Int = 2) -> (Graph, [Objective]) {
    var graph = Graph()
    let x = graph.input("x", Shape(batch, 48, 40, 9))
    var y = graph.convolution(x, "c1", channels: 96, window: Window(3, 3, stride: 1, padding: 1))
    y = graph.relu(graph.batchNorm(y, "n1"))
    y = graph.maxPool(y, Window(3, 3, stride: 2, padding: 1))
    let shortcut = graph.batchNorm(graph.convolution(y, "d", channels: 160, window: Window(1, 1)), "dn")
    y = graph.convolution(y, "c2", channels: 160, window: Window(3, 3, padding: 1))
    y = graph.relu(graph.add(graph.batchNorm(y, "n2"), shortcut))
    y = graph.dropout(graph.globalAveragePool(y), rate: 0.2)
    let logits = graph.linear(y, "fc", outputs: 7)
    graph.markOutput(logits, "logits")
    return (graph, [Objective(name: "loss", logits: logits, loss: .binaryCrossEntropy)])
  }

  /// The bench's results after three steps with updates.
  private func train(
    _ graph: Graph, _ objectives: [Objective], threads: Int, _ rule: OptimizerRule,
    _ arithmetic: Arithmetic
  ) throws -> [[Float]] {
    let bench = try Workbench(
      graph.differentiated(objectives), threads: threads, kernels: arithmetic.kernels,
      precision: arithmetic.precision)
    bench.store.scramble(seed: 21)
    bench.fillInputs(seed: 21)
    let optimizer = try Optimizer(rule, learningRate: 0.01, store: bench.store, pool: bench.pool)
    for step in 0..<3 {
      bench.run(step: step)
      optimizer.step()
    }
    return bench.results
  }

  private func expectSameBits(_ a: [[Float]], _ b: [[Float]], _ comment: Comment) {
    #expect(a.count == b.count)
    #expect(a.map { $0.map(\.bitPattern) } == b.map { $0.map(\.bitPattern) }, comment)
  }

  @Test(arguments: Arithmetic.available) func threadCountChangesNoBit(_ arithmetic: Arithmetic) throws {
    let adam = OptimizerRule.adam(weightDecay: 1e-4)
    let sgd = OptimizerRule.sgd(momentum: 0.9, weightDecay: 1e-4)
    let thin = ThinNetwork().build(.middle(stage: 2, weights: [1, 1]))
    for (graph, objectives, rule) in [
      (thin.graph, thin.objectives, sgd), (Self.wideGraph().0, Self.wideGraph().1, adam),
    ] {
      let expected = try train(graph, objectives, threads: 1, rule, arithmetic)
      #expect(expected.allSatisfy { $0.allSatisfy(\.isFinite) })
      for threads in [2, 3, 5] {
        let results = try train(graph, objectives, threads: threads, rule, arithmetic)
        expectSameBits(results, expected, "\(threads) threads")
      }
    }
  }

  /// In inference a sample gets the same logits in a batch as alone.
  @Test func inferenceDoesNotDependOnTheBatch() throws {
    func logits(batch: Int, samples: Range<Int>) throws -> [Float] {
      var network = ThinNetwork()
      network.shape.batch = batch
      let bench = try Workbench(network.build(.middle(stage: 2, weights: [1, 1])).graph, .inference)
      bench.store.scramble(seed: 22)
      for (name, bands) in network.sensors {
        let count = network.shape.height * network.shape.width * bands
        bench[input: name] = samples.flatMap { sample in
          var random = RandomStream(seed: 23, path: UInt64(sample), UInt64(bands))
          return (0..<count).map { _ in Float(random.normal()) }
        }
      }
      bench.run()
      return bench.output("logits")
    }
    let together = try logits(batch: 5, samples: 0..<5).map(Double.init)
    let apart = try (0..<5).flatMap { try logits(batch: 1, samples: $0..<$0 + 1) }
    #expect(normError(apart, together) < 1e-6)
  }

  /// All memory is filled with NaN before a step; no NaN may show after it.
  @Test(arguments: Arithmetic.available)
  func nothingIsReadThatTheStepDidNotWrite(_ arithmetic: Arithmetic) throws {
    let thin = ThinNetwork(dropout: 0.2)
    let fusions: [ThinNetwork.Fusion] = [.early, .middle(stage: 3, weights: [1, 2]), .late(isJoint: false)]
    let cases = fusions.map { thin.build($0) } + [Self.wideGraph()]
    for (graph, objectives) in cases {
      for program in [graph.differentiated(objectives), graph] {
        let mode: CPUProgram.Mode = program.values.count == graph.values.count ? .inference : .training
        let results = try [Float(0), .nan].map { poison in
          let bench = try Workbench(
            program, mode, threads: 3, kernels: arithmetic.kernels, precision: arithmetic.precision)
          bench.store.scramble(seed: 24)
          bench.fillInputs(seed: 24)
          for i in 0..<bench.workspace.arena.count { bench.workspace.arena.pointer[i] = poison }
          for i in 0..<bench.workspace.scratch.count { bench.workspace.scratch.pointer[i] = poison }
          if mode == .training {
            for index in program.parameters.indices {
              let gradient = bench.store.gradients!.pointer + bench.store.offset(ParameterID(index: index))
              for i in 0..<program.parameters[index].count { gradient[i] = poison }
            }
          }
          bench.run()
          return bench.results
        }
        expectSameBits(results[0], results[1], "\(mode)")
        #expect(results[1].allSatisfy { $0.allSatisfy(\.isFinite) })
      }
    }
  }
}
