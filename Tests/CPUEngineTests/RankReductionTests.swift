import CAllocations
import CPUEngine
import Networks
import Testing

/// Ranks that divide the samples of each step among them, against one process that has all samples.
@Suite struct RankReductionTests {
  private static let fusions: [ThinNetwork.Fusion] = [
    .early, .middle(stage: 2, weights: [1, 2]), .late(isJoint: true), .late(isJoint: false),
  ]
  /// Samples of a step. No number of ranks in these tests divides 7, except for 1.
  private static let samples = RankTraining.samples

  private static func thin(
    _ fusion: ThinNetwork.Fusion, _ arithmetic: Arithmetic = Arithmetic(kernels: .auto, precision: .fp32),
    _ memory: MemoryMode = .balanced
  ) -> RankTraining.Programs {
    { batch in
      var network = ThinNetwork(dropout: 0.2)
      network.shape = (batch, 32, 32)
      let (graph, objectives) = network.build(fusion)
      return graph.trainingProgram(
        objectives, kernels: arithmetic.kernels, precision: arithmetic.precision, memory: memory)
    }
  }

  /// Ranks and one process get the same results, except for the order of sums. For this, batch norms use the
  /// statistics of all samples, and dropout masks depend on the sample. Gradients are derivatives of the mean loss
  /// over all samples.
  @Test(arguments: Arithmetic.available, MemoryMode.allCases)
  func ranksLearnWhatOneProcessLearns(_ arithmetic: Arithmetic, _ memory: MemoryMode) throws {
    for fusion in Self.fusions {
      let programs = Self.thin(fusion, arithmetic, memory)
      let alone = try RankTraining.train(programs)
      for size in 1...4 {
        let ranks = try FakeRanks.run(size, samples: Self.samples) {
          try RankTraining.train(programs, rank: $0)
        }
        RankTraining.expectEqual(ranks)
        let errors = RankTraining.errors(ranks, alone)
        let limit = arithmetic.precision == .fp32 ? 2e-5 : 0.03
        #expect(
          errors.losses < limit && errors.parameters < limit && errors.statistics < limit,
          "\(fusion), \(size) ranks: \(errors)")
      }
    }
  }

  /// The same for Winograd convolutions, several row blocks, and moments taken by convolutions.
  @Test(arguments: Arithmetic.available, MemoryMode.allCases)
  func wideLayers(_ arithmetic: Arithmetic, _ memory: MemoryMode) throws {
    let programs: RankTraining.Programs = { batch in
      let (graph, objectives) = DeterminismTests.wideGraph(batch: batch)
      return graph.trainingProgram(
        objectives, kernels: arithmetic.kernels, precision: arithmetic.precision, memory: memory)
    }
    let alone = try RankTraining.train(programs, samples: 3, steps: 2)
    let ranks = try FakeRanks.run(2, samples: 3) {
      try RankTraining.train(programs, samples: 3, steps: 2, rank: $0)
    }
    RankTraining.expectEqual(ranks)
    let errors = RankTraining.errors(ranks, alone)
    let limit = arithmetic.precision == .fp32 ? 2e-5 : 0.03
    #expect(errors.losses < limit && errors.parameters < limit && errors.statistics < limit, "\(errors)")
  }

  /// Sums of squares in doubles are precise enough for a mean of 1000. Each rank has a single value per channel.
  @Test func statisticsOfValuesFarFromZero() throws {
    let programs: RankTraining.Programs = { batch in
      var graph = Graph()
      let x = graph.batchNorm(graph.input("x", Shape(batch, 1, 1, 70)), "n")
      let logits = graph.linear(x, "fc", outputs: 3)
      return graph.trainingProgram([Objective(name: "loss", logits: logits, loss: .binaryCrossEntropy)])
    }
    let disturb: @Sendable (Workbench) -> Void = { bench in
      bench[input: "x"] = bench[input: "x"].map { $0 + 1000 }
    }
    let alone = try RankTraining.train(programs, samples: 4, disturb: disturb)
    let ranks = try FakeRanks.run(4, samples: 4) {
      try RankTraining.train(programs, samples: 4, rank: $0, disturb: disturb)
    }
    RankTraining.expectEqual(ranks)
    let errors = RankTraining.errors(ranks, alone)
    // The standard deviation is 1, and a float near 1000 is off by up to 3e-5.
    #expect(errors.losses < 1e-4 && errors.parameters < 1e-4 && errors.statistics < 1e-6, "\(errors)")
  }

  /// Gradients that are summed during the step, bucket by bucket, equal gradients that are summed at its end.
  @Test(arguments: MemoryMode.allCases, fusions)
  func noGradientLeavesTooEarly(_ memory: MemoryMode, _ fusion: ThinNetwork.Fusion) throws {
    let programs = Self.thin(fusion, Arithmetic(kernels: .auto, precision: .fp32), memory)
    let late = try FakeRanks.run(2, samples: Self.samples, delaysSums: true) {
      try RankTraining.train(programs, rank: $0, bucketBytes: 1 << 30)
    }
    for bytes in [1, 100, 1000, 10_000] {
      let early = try FakeRanks.run(2, samples: Self.samples) {
        try RankTraining.train(programs, rank: $0, bucketBytes: bytes)
      }
      #expect(early == late, "buckets of \(bytes) bytes")
    }
  }

  /// Every parameter is in exactly one bucket. All buckets but the front one have at least the given size. Buckets
  /// that are finished first are summed first.
  @Test(arguments: fusions) func bucketsCoverEveryParameterOnce(_ fusion: ThinNetwork.Fusion) throws {
    for bytes in [1, 2000, 1 << 30] {
      let ranges = try FakeRanks.run(1, samples: Self.samples) { rank in
        let bench = try Workbench(Self.thin(fusion)(Self.samples), bucketBytes: bytes)
        bench.fillInputs(step: 0, samples: rank.own)
        let recorder = RecordingReduction(samples: Self.samples)
        bench.run(reducing: recorder)
        let base = bench.store.gradients!.pointer
        let starts = bench.store.parameters.indices.map { bench.store.offset(ParameterID(index: $0)) }
        return (
          begun: recorder.begun.map { $0.baseAddress! - base..<$0.baseAddress! - base + $0.count },
          starts: starts, count: bench.store.count
        )
      }[0]
      var end = 0
      for range in ranges.begun.sorted(by: { $0.lowerBound < $1.lowerBound }) {
        #expect(range.lowerBound == end && ranges.starts.contains(range.lowerBound))
        #expect(range.lowerBound == 0 || 4 * range.count >= bytes)
        end = range.upperBound
      }
      #expect(end == ranges.count)
      #expect((ranges.begun.count > 1) == (bytes < 1 << 30))
      // The classifier has the last parameters of a network, and the backward pass reaches them first.
      #expect(ranges.begun.last!.lowerBound == 0 || fusion == .late(isJoint: false))
    }
  }

  /// Without common statistics each rank normalises by its own. The gradient is then the mean of the gradients that
  /// each rank's samples give alone, weighted by their numbers.
  @Test(arguments: Arithmetic.available)
  func ownStatistics(_ arithmetic: Arithmetic) throws {
    var network = ThinNetwork()
    network.sensors = [("a", 2)]
    let programs: RankTraining.Programs = { [network] batch in
      var network = network
      network.shape = (batch, 32, 32)
      let (graph, objectives) = network.build(.early)
      return graph.trainingProgram(
        objectives, kernels: arithmetic.kernels, precision: arithmetic.precision)
    }
    @Sendable func step(_ own: Range<Int>, _ rank: FakeRank?) throws -> (
      gradients: [[Float]], rest: RankTraining.Outcome
    ) {
      let bench = try Workbench(programs(own.count), threads: 1)
      bench.store.scramble(seed: 52)
      bench.fillInputs(step: 0, samples: own)
      bench.run(reducing: rank)
      return (
        bench.store.parameters.indices.map { bench.store.gradientTensor($0).values },
        RankTraining.Outcome(
          losses: [bench.losses],
          statistics: bench.store.statistics.indices.map { bench.store.statisticTensor($0).values })
      )
    }
    let ranks = try FakeRanks.run(3, samples: Self.samples, synchronisesBatchNorm: false) { rank in
      (own: rank.own, found: try step(rank.own, rank))
    }
    var expected = ranks[0].found.gradients.map { [Double](repeating: 0, count: $0.count) }
    for rank in ranks {
      let alone = try step(rank.own, nil)
      #expect(alone.rest == rank.found.rest)
      #expect(rank.found.gradients == ranks[0].found.gradients)
      let share = Double(rank.own.count) / Double(Self.samples)
      for (p, values) in alone.gradients.enumerated() {
        for (i, value) in values.enumerated() { expected[p][i] += share * Double(value) }
      }
    }
    // The losses of a rank alone have another factor, so bfloat16 gradients are rounded differently.
    let limit = arithmetic.precision == .fp32 ? 1e-5 : 0.05
    for (values, expected) in zip(ranks[0].found.gradients, expected) {
      #expect(normError(values, expected, floor: 1e-3) < limit)
    }
  }

  /// A loss that is not finite on one rank ends the step on all ranks, and no rank keeps waiting.
  @Test(arguments: MemoryMode.allCases, fusions)
  func aBadLossStopsAllRanks(_ memory: MemoryMode, _ fusion: ThinNetwork.Fusion) throws {
    let programs = Self.thin(fusion, Arithmetic(kernels: .auto, precision: .fp32), memory)
    let names = programs(1).graph.parameters.map(\.name)
    let before = try RankTraining.train(programs, steps: 0).parameters
    for isSynchronised in [true, false] {
      let ranks = try FakeRanks.run(3, samples: Self.samples, synchronisesBatchNorm: isSynchronised) { rank in
        try RankTraining.train(programs, steps: 1, rank: rank) { bench in
          if rank.number == 1 { bench[input: "b"][7] = .nan }
        }
      }
      #expect(ranks.allSatisfy { $0.updates == 0 })
      #expect(ranks[1].losses[0].contains { !$0.isFinite })
      for rank in ranks {
        for (index, name) in names.enumerated() {
          // Separate networks in low memory: the network without a fault is trained before the other loss is known.
          let isUpdated = fusion == .late(isJoint: false) && memory == .low && name.hasPrefix("a.")
          #expect((rank.parameters[index] != before[index]) == isUpdated, "\(name)")
          #expect(rank.parameters[index] == ranks[0].parameters[index])
        }
      }
    }
  }

  /// Statistics are exchanged once for each batch norm and pass, even if batch norms are computed again.
  @Test(arguments: MemoryMode.allCases) func everyBatchNormIsExchangedOnceAPass(_ memory: MemoryMode) throws {
    let program = Self.thin(.early, Arithmetic(kernels: .auto, precision: .fp32), memory)(Self.samples)
    let norms = program.graph.statistics.count / 2
    let recorder = RecordingReduction(samples: Self.samples)
    let bench = try Workbench(program)
    bench.fillInputs(step: 0, samples: 0..<Self.samples)
    bench.run(
      updating: try Optimizer(RankTraining.sgd, learningRate: 0.01, store: bench.store, pool: bench.pool),
      reducing: recorder)
    // One more exchange: whether the loss is finite.
    #expect(recorder.exchanges == 2 * norms + 1)
  }

  /// A step with a reduction allocates nothing.
  @Test(
    .enabled(
      if: ma_thread_allocations() >= 0 && !_isDebugAssertConfiguration(), "allocations are not counted here"),
    arguments: MemoryMode.allCases)
  func aSteadyStepAllocatesNothing(_ memory: MemoryMode) throws {
    let program = Self.thin(
      .middle(stage: 2, weights: [1, 1]), Arithmetic(kernels: .auto, precision: .fp32), memory)(2)
    let bench = try Workbench(program, threads: 1, bucketBytes: 1000)
    bench.store.scramble(seed: 53)
    bench.fillInputs(step: 0, samples: 0..<2)
    let optimizer = try Optimizer(RankTraining.sgd, learningRate: 0.01, store: bench.store, pool: bench.pool)
    let recorder = RecordingReduction(samples: 2, records: false)
    ma_count()
    var counts = [Int64](repeating: 0, count: 4)
    for step in 0..<4 {
      bench.run(step: step, updating: optimizer, reducing: recorder)
      counts[step] = ma_thread_allocations()
    }
    #expect(counts[3] == counts[1])
    #expect(recorder.exchanges > 0 && optimizer.steps == 4)
  }
}
