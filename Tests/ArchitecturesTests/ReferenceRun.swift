import Basics
import CPUEngine
import Networks
import ReferenceNetworks
import TestSupport

/// A reference network on the CPU engine.
final class ReferenceRun: ReferenceTraining {
  private let reference: ReferenceCase
  private let kernels: KernelPath
  private let pool: ThreadPool
  private let store: ParameterStore
  private let optimizer: Optimizer
  private let evaluator: CPUExecutor
  /// nil for a case without training.
  private let trainer: CPUExecutor?
  /// Memory of inputs and targets, which executors only point to.
  private var bound: [AlignedBuffer<Float>] = []

  /// - Parameter target: `[N, K]`, or the class of each sample; nil for a case without training, which sees the large
  ///   image alone.
  init(
    _ reference: ReferenceCase, target: ReferenceTensors.Entry?, kernels: KernelPath = .auto,
    precision: Precision = .fp32
  ) throws {
    self.reference = reference
    self.kernels = kernels
    let network = reference.network
    let images: ReferenceImages = reference.manifest == nil ? .big : .small
    let (batch, height, width) = images.size
    let inference = network.graph(batch: batch, height: height, width: width)
      .loweredForCPU(.inference, kernels: kernels, precision: precision)
    let training = reference.manifest.map { _ in
      network.trainingGraph(batch: batch, height: height, width: width, loss: reference.loss)
        .loweredForCPU(.training, kernels: kernels, precision: precision)
    }
    pool = try ThreadPool(threads: 2)
    store = try ParameterStore(for: inference.graph)
    store.fill(names: reference.names)
    let workspace = try CPUWorkspace(
      for: [inference] + [training].compactMap { $0 }, threads: pool.threads)
    evaluator = try CPUExecutor(inference, store: store, pool: pool, workspace: workspace)
    trainer = try training.map { [store, pool] in
      try CPUExecutor($0, store: store, pool: pool, workspace: workspace)
    }
    optimizer = try Optimizer(
      reference.rule, learningRate: reference.learningRate, store: store, pool: pool)
    try bind(images, to: [evaluator] + [trainer].compactMap { $0 })
    guard let target, let trainer else { return }
    let targets = try reference.targets(target)
    bound.append(targets)
    trainer.bind(Graph.targets, to: targets.pointer)
  }

  private func bind(
    _ images: ReferenceImages, movedBy units: UInt32 = 0, to executors: [CPUExecutor]
  ) throws {
    for (name, buffer) in try reference.images(images, movedBy: units) {
      bound.append(buffer)
      for executor in executors { executor.bind(name, to: buffer.pointer) }
    }
  }

  func moveTrainingImages(by units: UInt32) throws {
    try bind(.small, movedBy: units, to: [trainer!])
  }

  func evaluate() -> [String: [Float]] { outputs(of: evaluator) }

  func evaluateLargeImage() throws -> [String: [Float]] {
    let (batch, height, width) = ReferenceImages.big.size
    let program = reference.network.graph(batch: batch, height: height, width: width)
      .loweredForCPU(.inference, kernels: kernels)
    let workspace = try CPUWorkspace(for: [program], threads: pool.threads)
    let executor = try CPUExecutor(program, store: store, pool: pool, workspace: workspace)
    try bind(.big, to: [executor])
    return outputs(of: executor)
  }

  /// Parameters stay as they are.
  func differentiate() -> (outputs: [String: [Float]], losses: [Double]) {
    let outputs = outputs(of: trainer!)
    return (outputs, Array(trainer!.lossValues))
  }

  func update() { optimizer.step() }

  private func outputs(of executor: CPUExecutor) -> [String: [Float]] {
    executor.run()
    return executor.program.graph.outputs.reduce(into: [:]) { $0[$1.key] = Array(executor.output($1.key)) }
  }

  func parameter(_ name: String) -> [Float] { store.tensor(parameterIndex[name]!).values }
  func gradient(_ name: String) -> [Float] { store.gradientTensor(parameterIndex[name]!).values }
  func statistic(_ name: String) -> [Float] { store.statisticTensor(statisticIndex[name]!).values }

  private lazy var parameterIndex = reference.places(store.parameters.map(\.name))
  private lazy var statisticIndex = reference.places(store.statistics.map(\.name))
}
