import CPUEngine
import Networks
import Testing

/// Whole networks of which parts are frozen, against the interpreter, and what a program then leaves out.
@Suite struct FrozenLayersTests {
  /// The stem, a stage between stages that learn, and the whole branch of a sensor.
  @Test(arguments: ["a.conv1", "layer3", "a."], MemoryMode.allCases)
  func stepsFollowTheInterpreter(_ frozen: String, _ memory: MemoryMode) throws {
    let (graph, objectives) = ThinNetwork().build(.middle(stage: 2, weights: [1, 2]))
    let errors = try stepErrors(graph.freezing(layersOf: frozen), objectives, seed: 5)
    #expect(errors.outputs < 1e-5 && errors.losses < 1e-5 && errors.statistics < 1e-5, "\(errors)")
    #expect(errors.gradients < 2e-4, "\(errors)")
  }

  /// Parameters and statistics of frozen layers keep their bits through updates; all others change.
  @Test(arguments: MemoryMode.allCases) func frozenNumbersStay(_ memory: MemoryMode) throws {
    let (plain, objectives) = ThinNetwork().build(.middle(stage: 2, weights: [1, 2]))
    let graph = plain.freezing(layersOf: "a.")
    let bench = try Workbench(graph.trainingProgram(objectives, memory: memory))
    bench.store.scramble(seed: 3)
    bench.fillInputs(seed: 3, classes: 4)
    func numbers() -> [[Float]] {
      bench.store.parameters.indices.map { bench.store.tensor($0).values }
        + bench.store.statistics.indices.map { bench.store.statisticTensor($0).values }
    }
    let before = numbers()
    let policies = graph.parameters.indices.map {
      UpdatePolicy(isFrozen: graph.frozen.contains(ParameterID(index: $0)))
    }
    let rule = OptimizerRule.adam(weightDecay: 0.1)
    let optimizer = try Optimizer(
      rule, learningRate: 0.01, policies: policies, store: bench.store, pool: bench.pool)
    for step in 0..<2 { bench.run(step: step, updating: optimizer) }
    let names = graph.parameters.map(\.name) + graph.statistics.map(\.name)
    for (index, name) in names.enumerated() {
      #expect((numbers()[index] == before[index]) == name.hasPrefix("a."), "\(name)")
    }
  }

  /// The backward pass ends where nothing in front learns, which saves its arithmetic and what it keeps.
  @Test func programsLeaveOutWhatDoesNotLearn() {
    let (graph, objectives) = ThinNetwork().build(.early)
    let whole = graph.trainingProgram(objectives)
    let part = graph.freezing(layersOf: "conv1").trainingProgram(objectives)
    func gradients(_ program: CPUProgram) -> Int {
      program.graph.values.count { $0.name.hasPrefix("conv1") && $0.name.hasSuffix(".grad") }
    }
    #expect(gradients(whole) > 0 && gradients(part) == 0)
    #expect(part.plan.bytes < whole.plan.bytes)
  }
}
