import Basics
import CPUEngine
import Networks
import ReferenceNetworks
import TestSupport

/// A reference network on the engine: filled, evaluated, and trained on the only batch of the fixtures.
final class ReferenceRun {
  private let reference: ReferenceCase
  private let kernels: KernelPath
  private let pool: ThreadPool
  private let store: ParameterStore
  private let optimizer: Optimizer
  private let evaluator: CPUExecutor
  private let trainer: CPUExecutor
  /// Memory of inputs and targets, which executors only point to.
  private var bound: [AlignedBuffer<Float>] = []

  /// - Parameter target: `[N, K]`, or the class of each sample.
  init(
    _ reference: ReferenceCase, target: ReferenceTensors.Entry, kernels: KernelPath = .auto,
    precision: Precision = .fp32
  ) throws {
    self.reference = reference
    self.kernels = kernels
    let network = reference.network
    let (batch, height, width) = ReferenceImages.small.size
    let inference = network.graph(batch: batch, height: height, width: width)
      .loweredForCPU(.inference, kernels: kernels, precision: precision)
    let training = network.trainingGraph(batch: batch, height: height, width: width, loss: reference.loss)
      .loweredForCPU(.training, kernels: kernels, precision: precision)
    pool = try ThreadPool(threads: 2)
    store = try ParameterStore(for: inference.graph)
    store.fill(names: reference.names)
    let workspace = try CPUWorkspace(for: [training, inference], threads: pool.threads)
    evaluator = try CPUExecutor(inference, store: store, pool: pool, workspace: workspace)
    trainer = try CPUExecutor(training, store: store, pool: pool, workspace: workspace)
    optimizer = try Optimizer(
      reference.rule, learningRate: reference.learningRate, store: store, pool: pool)
    try bind(.small, to: [evaluator, trainer])
    try bind(target)
  }

  private func bind(
    _ images: ReferenceImages, movedBy units: UInt32 = 0, to executors: [CPUExecutor]
  ) throws {
    for sensor in reference.network.sensors {
      let buffer = try images.buffer(sensor, movedBy: units)
      bound.append(buffer)
      for executor in executors { executor.bind(sensor.name, to: buffer.pointer) }
    }
  }

  private func bind(_ target: ReferenceTensors.Entry) throws {
    let classes = reference.network.head.classes
    let targets = try AlignedBuffer<Float>(count: target.shape[0] * classes)
    for (index, value) in target.values.enumerated() {
      if target.shape.count == 2 {
        targets.pointer[index] = Float(value)
      } else {
        targets.pointer[index * classes + Int(value)] = 1
      }
    }
    bound.append(targets)
    trainer.bind(Graph.targets, to: targets.pointer)
  }

  /// Trains on images moved by `units` units in the last place from now on, so that all later roundings
  /// differ.
  func moveTrainingImages(by units: UInt32) throws {
    try bind(.small, movedBy: units, to: [trainer])
  }

  /// All outputs in evaluation mode: `logits` and, with late fusion, `logits.s1` and `logits.s2`.
  func evaluate() -> [String: [Float]] { outputs(of: evaluator) }

  /// The same for the large image.
  func evaluateLargeImage() throws -> [String: [Float]] {
    let (batch, height, width) = ReferenceImages.big.size
    let program = reference.network.graph(batch: batch, height: height, width: width)
      .loweredForCPU(.inference, kernels: kernels)
    let workspace = try CPUWorkspace(for: [program], threads: pool.threads)
    let executor = try CPUExecutor(program, store: store, pool: pool, workspace: workspace)
    try bind(.big, to: [executor])
    return outputs(of: executor)
  }

  /// Forward and backward pass. Parameters stay as they are, running statistics move on.
  func differentiate() -> (outputs: [String: [Float]], losses: [Double]) {
    let outputs = outputs(of: trainer)
    return (outputs, Array(trainer.lossValues))
  }

  func update() { optimizer.step() }

  private func outputs(of executor: CPUExecutor) -> [String: [Float]] {
    executor.run()
    return executor.program.graph.outputs.reduce(into: [:]) { $0[$1.key] = Array(executor.output($1.key)) }
  }

  // What the network holds, by the paper's names.

  func parameter(_ name: String) -> [Float] { store.tensor(parameterIndex[name]!).values }
  func gradient(_ name: String) -> [Float] { store.gradientTensor(parameterIndex[name]!).values }
  func statistic(_ name: String) -> [Float] { store.statisticTensor(statisticIndex[name]!).values }

  private lazy var parameterIndex = index(store.parameters.map(\.name))
  private lazy var statisticIndex = index(store.statistics.map(\.name))

  private func index(_ names: [String]) -> [String: Int] {
    Dictionary(uniqueKeysWithValues: names.enumerated().map { (reference.names($1), $0) })
  }
}
