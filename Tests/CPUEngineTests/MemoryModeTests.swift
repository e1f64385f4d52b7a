import Basics
import CPUEngine
import Networks
import TestSupport
import Testing

/// Computing values again, and updating parameters within the step, save memory and change no bit.
@Suite struct MemoryModeTests {
  private static let adam = OptimizerRule.adam(weightDecay: 1e-4)
  private static let sgd = OptimizerRule.sgd(momentum: 0.9, weightDecay: 1e-4)
  private static let fusions: [ThinNetwork.Fusion] = [
    .early, .middle(stage: 2, weights: [1, 2]), .late(isJoint: true), .late(isJoint: false),
  ]
  /// Recomputations that keep the result of every block, or of every ninth, or something in between. They repeat
  /// passes alone, or every convolution.
  private static let recomputations = [(1, 0), (1, 1e9), (2, 1e9), (3, 15), (9, 1e9)].map {
    Recomputation(blocks: $0, operationsPerByte: Double($1))
  }

  /// Losses, outputs, parameters, statistics and optimizer state after three steps with updates.
  private func train(
    _ program: CPUProgram, _ rule: OptimizerRule, poison: Float = 0, threads: Int = 2
  ) throws -> [[UInt32]] {
    let bench = try Workbench(program, threads: threads)
    bench.store.scramble(seed: 31)
    bench.fillInputs(seed: 31)
    bench.workspace.arena.elements.update(repeating: poison)
    bench.workspace.scratch.elements.update(repeating: poison)
    let optimizer = try Optimizer(rule, learningRate: 0.01, store: bench.store, pool: bench.pool)
    var results: [[UInt32]] = []
    for step in 0..<3 {
      bench.run(step: step, updating: optimizer)
      results += bench.trained(optimizer)
    }
    #expect(optimizer.steps == 3)
    return results
  }

  private func low(
    _ graph: Graph, _ objectives: [Objective], _ recomputation: Recomputation, _ arithmetic: Arithmetic
  ) -> CPUProgram {
    graph.differentiated(objectives, recomputing: recomputation)
      .loweredForCPU(
        .training, kernels: arithmetic.kernels, precision: arithmetic.precision, updatesParameters: true)
  }

  private func chosen(
    _ graph: Graph, _ objectives: [Objective], _ arithmetic: Arithmetic, _ memory: MemoryMode
  ) -> CPUProgram {
    graph.trainingProgram(
      objectives, kernels: arithmetic.kernels, precision: arithmetic.precision, memory: memory)
  }

  @Test(arguments: Arithmetic.available, fusions)
  func changesNoBit(_ arithmetic: Arithmetic, _ fusion: ThinNetwork.Fusion) throws {
    let (graph, objectives) = ThinNetwork(dropout: 0.2).build(fusion)
    for rule in [Self.adam, Self.sgd] {
      let expected = try train(chosen(graph, objectives, arithmetic, .balanced), rule)
      for recomputation in Self.recomputations {
        let program = low(graph, objectives, recomputation, arithmetic)
        #expect(try train(program, rule, poison: .nan) == expected, "\(recomputation)")
      }
      let planned = chosen(graph, objectives, arithmetic, .low)
      #expect(planned.updatesParameters)
      #expect(try train(planned, rule, poison: .nan, threads: 3) == expected)
    }
  }

  /// A graph with Winograd convolutions, several row blocks, partial sums, and dropout between convolutions.
  @Test(arguments: Arithmetic.available) func changesNoBitOfWideLayers(_ arithmetic: Arithmetic) throws {
    let (graph, objectives) = DeterminismTests.wideGraph()
    let expected = try train(chosen(graph, objectives, arithmetic, .balanced), Self.adam)
    for recomputation in Self.recomputations {
      let program = low(graph, objectives, recomputation, arithmetic)
      #expect(try train(program, Self.adam, poison: .nan) == expected, "\(recomputation)")
    }
  }

  /// Random graphs, with operations in unusual order.
  @Test(arguments: 0..<40 as Range<UInt64>) func changesNoBitOfRandomGraphs(_ seed: UInt64) throws {
    var random = RandomStream(seed: seed)
    let (graph, logits) = RandomGraphTests.graph(&random)
    let objectives = [Objective(name: "loss", logits: logits, loss: .crossEntropy)]
    let arithmetic = Arithmetic.available[Int(seed) % Arithmetic.available.count]
    let expected = try train(chosen(graph, objectives, arithmetic, .balanced), Self.adam)
    for recomputation in Self.recomputations {
      let program = low(graph, objectives, recomputation, arithmetic)
      #expect(try train(program, Self.adam, poison: .nan) == expected, "\(recomputation)")
    }
  }

  /// Running statistics are updated once for each batch, and each parameter has one gradient.
  @Test(arguments: fusions) func nothingIsLearntTwice(_ fusion: ThinNetwork.Fusion) {
    let (graph, objectives) = ThinNetwork().build(fusion)
    func count(_ graph: Graph, _ matches: (Operation) -> Bool) -> Int {
      graph.values.count { matches($0.operation) }
    }
    func isNorm(_ operation: Operation) -> Bool { if case .batchNorm = operation { true } else { false } }
    func isRepeated(_ operation: Operation) -> Bool {
      if case .repeatedBatchNorm = operation { true } else { false }
    }
    func isWeightGradient(_ operation: Operation) -> Bool {
      if case .convolutionWeightGradient = operation { true } else { false }
    }
    func isConvolution(_ operation: Operation) -> Bool {
      if case .convolution = operation { true } else { false }
    }
    let plain = graph.differentiated(objectives)
    let all = Recomputation(blocks: 1, operationsPerByte: 1e9)
    let repeated = graph.differentiated(objectives, recomputing: all)
    #expect(count(repeated, isNorm) == count(plain, isNorm))
    #expect(count(repeated, isWeightGradient) == count(plain, isWeightGradient))
    #expect(count(repeated, isRepeated) > 0 && count(plain, isRepeated) == 0)
    #expect(count(repeated, isConvolution) > count(plain, isConvolution))
    // The block nearest to each loss, and values that no derivative reads, are computed only once.
    #expect(count(repeated, isConvolution) < 2 * count(plain, isConvolution) - 2 * objectives.count)
  }

  /// A loss that is not finite changes neither the parameters that it trains nor the optimizer.
  @Test(arguments: MemoryMode.allCases, [Float.nan, .infinity])
  func updatesNothingFromALossThatIsNotFinite(_ memory: MemoryMode, _ bad: Float) throws {
    for fusion in Self.fusions {
      let (graph, objectives) = ThinNetwork().build(fusion)
      let bench = try Workbench(graph.trainingProgram(objectives, memory: memory))
      bench.store.scramble(seed: 32)
      bench.fillInputs(seed: 32)
      bench[input: "b"][7] = bad
      let before = bench.store.parameters.indices.map { bench.store.tensor($0).values }
      let optimizer = try Optimizer(Self.adam, learningRate: 0.01, store: bench.store, pool: bench.pool)
      bench.run(updating: optimizer)
      #expect(optimizer.steps == 0 && bench.losses.contains { !$0.isFinite })
      let isSeparate = fusion == .late(isJoint: false)
      #expect(bench.losses[0].isFinite == isSeparate)
      for (index, parameter) in bench.store.parameters.enumerated() {
        // Separate networks in low memory: the network without a fault is trained before the other loss is known.
        let isUpdated = isSeparate && memory == .low && parameter.name.hasPrefix("a.")
        #expect((bench.store.tensor(index).values != before[index]) == isUpdated, "\(parameter.name)")
      }
    }
  }

  /// Without an optimizer the same program updates no parameter.
  @Test func leavesParametersAloneWithoutAnOptimizer() throws {
    let (graph, objectives) = ThinNetwork().build(.early)
    let bench = try Workbench(graph.trainingProgram(objectives, memory: .low))
    bench.store.scramble(seed: 33)
    bench.fillInputs(seed: 33)
    let before = bench.store.parameters.indices.map { bench.store.tensor($0).values }
    bench.run()
    #expect(bench.losses[0].isFinite)
    #expect(bench.store.parameters.indices.map { bench.store.tensor($0).values } == before)
  }
}

extension Workbench {
  /// The bits of losses, outputs, parameters, statistics and optimizer state.
  fileprivate func trained(_ optimizer: Optimizer) -> [[UInt32]] {
    var numbers = program.graph.outputs.keys.sorted().map(output)
    numbers += store.parameters.indices.map { store.tensor($0).values }
    numbers += store.statistics.indices.map { store.statisticTensor($0).values }
    for slot in optimizer.rule.slotNames.indices {
      for (index, parameter) in store.parameters.enumerated() {
        var state = [Float](repeating: 0, count: parameter.count)
        state.withUnsafeMutableBufferPointer { optimizer.copy(slot: slot, parameter: index, into: $0) }
        numbers.append(state)
      }
    }
    let losses = losses.flatMap { [UInt32($0.bitPattern >> 32), UInt32(truncatingIfNeeded: $0.bitPattern)] }
    return numbers.map { $0.map(\.bitPattern) } + [losses]
  }
}
