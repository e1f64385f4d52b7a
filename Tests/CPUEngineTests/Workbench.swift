import Basics
import CPUEngine
import Networks
import TestSupport

/// A graph lowered for the CPU, with a store, a workspace and memory for its inputs.
final class Workbench {
  let program: CPUProgram
  let store: ParameterStore
  let workspace: CPUWorkspace
  let pool: ThreadPool
  private let executor: CPUExecutor
  private var inputs: [String: AlignedBuffer<Float>] = [:]

  convenience init(
    _ graph: Graph, _ mode: CPUProgram.Mode = .training, threads: Int = 2, store: ParameterStore? = nil,
    kernels: KernelPath = .auto, precision: Precision = .fp32
  ) throws {
    let store = try store ?? ParameterStore(for: graph)
    try store.makeGradients()
    try self.init(
      graph.loweredForCPU(mode, kernels: kernels, precision: precision), threads: threads, store: store)
  }

  init(
    _ program: CPUProgram, threads: Int = 2, store: ParameterStore? = nil, bucketBytes: Int = 4 << 20
  ) throws {
    self.program = program
    self.store = try store ?? ParameterStore(for: program.graph)
    workspace = try CPUWorkspace(for: [program], threads: threads)
    pool = try ThreadPool(threads: threads)
    executor = try CPUExecutor(
      program, store: self.store, pool: pool, workspace: workspace, seed: 17, bucketBytes: bucketBytes)
    for (name, shape) in program.graph.inputs {
      let memory = try AlignedBuffer<Float>(count: shape.count)
      executor.bind(name, to: memory.pointer)
      inputs[name] = memory
    }
  }

  subscript(input name: String) -> [Float] {
    get { Array(inputs[name]!.elements) }
    set {
      precondition(newValue.count == inputs[name]!.count, "input \(name) has another size")
      for (index, value) in newValue.enumerated() { inputs[name]!.pointer[index] = value }
    }
  }

  var inputNames: [String] { inputs.keys.sorted() }

  func run(
    step: Int = 0, updating optimizer: Optimizer? = nil, reducing ranks: (any RankReduction)? = nil
  ) {
    executor.run(step: step, updating: optimizer, reducing: ranks)
  }

  /// An output of the last run in the engine's order, `[N, H, W, C]`.
  func output(_ name: String) -> [Float] { Array(executor.output(name)) }

  var losses: [Double] { Array(executor.lossValues) }

  /// All results of a training step, parameters and statistics included.
  var results: [[Float]] {
    program.graph.outputs.keys.sorted().map(output) + [losses.map(Float.init)]
      + store.parameters.indices.flatMap { [store.gradientTensor($0).values, store.tensor($0).values] }
      + store.statistics.indices.map { store.statisticTensor($0).values }
  }
}

extension ParameterStore {
  func index(_ name: String) -> Int {
    guard let index = parameters.firstIndex(where: { $0.name == name }) else {
      preconditionFailure("the store has no parameter \(name)")
    }
    return index
  }

  func set(_ name: String, _ values: [Float]) {
    let index = index(name)
    set(index, Tensor(shape: parameters[index].shape, values: values))
  }

  func gradient(_ name: String) -> [Float] { gradientTensor(index(name)).values }

  func setStatistic(_ name: String, _ values: [Float]) {
    let index = statistics.firstIndex { $0.name == name }!
    setStatistic(index, Tensor(shape: [values.count], values: values))
  }

  func statistic(_ name: String) -> [Float] {
    statisticTensor(statistics.firstIndex { $0.name == name }!).values
  }

  /// Sets every parameter and statistic to random numbers of ordinary size.
  func scramble(seed: UInt64) {
    var random = RandomStream(seed: seed)
    for (index, parameter) in parameters.enumerated() {
      let (centre, deviation) = parameter.ordinarySize
      let values = (0..<parameter.count).map { _ in Float(centre + deviation * random.normal()) }
      set(index, Tensor(shape: parameter.shape, values: values))
    }
    for (index, statistic) in statistics.enumerated() {
      let values = (0..<statistic.count).map { _ in
        Float(statistic.initialValue == 0 ? 0.5 * random.normal() : 0.5 + random.uniform())
      }
      setStatistic(index, Tensor(shape: [statistic.count], values: values))
    }
  }
}

extension Parameter {
  /// Mean and standard deviation of random numbers for which the values of a network stay at ordinary size.
  var ordinarySize: (centre: Double, deviation: Double) {
    switch kind {
    case .convolutionWeight(let window, let input, _): (0, (2 / Double(input * window.taps)).squareRoot())
    case .linearWeight(let window, let input, _): (0, (1 / Double(input * window.taps)).squareRoot())
    case .normScale: (1, 0.3)
    case .bias, .normShift: (0, 0.3)
    }
  }
}

extension Workbench {
  /// Fills the inputs with random images and targets. Targets are between 0 and 1; with `classes` they sum to 1 for
  /// each sample.
  func fillInputs(seed: UInt64, classes: Int = 0) {
    for (index, name) in inputNames.enumerated() {
      var random = RandomStream(seed: seed, path: UInt64(index))
      guard name == Graph.targets else {
        self[input: name] = self[input: name].map { _ in Float(random.normal()) }
        continue
      }
      var targets = self[input: name].map { _ in Float(random.uniform()) }
      if classes > 0 {
        for sample in 0..<targets.count / classes {
          let range = sample * classes..<(sample + 1) * classes
          let total = targets[range].reduce(0, +)
          for k in range { targets[k] /= total }
        }
      }
      self[input: name] = targets
    }
  }
}
