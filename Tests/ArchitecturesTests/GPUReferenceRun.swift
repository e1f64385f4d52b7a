import Architectures
import Basics
import Networks
import ReferenceNetworks
import TestSupport

@testable import CUDAEngine

/// A reference network on the GPU engine.
final class GPUReferenceRun: ReferenceTraining {
  private let reference: ReferenceCase
  private let request: NetworkRequest
  private let executor: CUDANetwork
  private let targets: AlignedBuffer<Float>
  private var images: [(name: String, buffer: AlignedBuffer<Float>)]
  /// Number of training steps so far.
  private var steps = 0

  /// - Parameter target: `[N, K]`, or the class of each sample.
  init(
    _ reference: ReferenceCase, target: ReferenceTensors.Entry, precision: Precision, on device: CUDADevice
  ) throws {
    self.reference = reference
    let (batch, height, width) = ReferenceImages.small.size
    let (graph, objectives) = reference.network.objectives(
      batch: batch, height: height, width: width, loss: reference.loss)
    var request = NetworkRequest(of: graph)
    request.training = [batch: .init(graph, objectives)]
    request.inference = [batch: graph]
    request.rule = reference.rule
    request.precision = precision
    self.request = request
    targets = try reference.targets(target)
    images = try reference.images(.small)
    guard let executor = try device.executor(request, ranks: OneProcess()) as? CUDANetwork else {
      preconditionFailure("the GPU engine has executors of another type")
    }
    self.executor = executor
    try executor.state.fill(reference.names)
  }

  func moveTrainingImages(by units: UInt32) throws {
    images = try reference.images(.small, movedBy: units)
    try begin()
  }

  /// Gives the network the numbers of the beginning; a loss scale stays.
  private func begin() throws {
    let state = executor.state
    try state.fill(reference.names)
    for (index, parameter) in state.parameters.enumerated() {
      for slot in state.slotNames.indices {
        try state.set(.slot(slot, parameter: index), Tensor(zeros: parameter.shape))
      }
    }
    (state.steps, steps) = (0, 0)
  }

  func evaluate() throws -> [String: [Float]] {
    try arrays(executor.predict(batch(images, of: ReferenceImages.small.size.batch)))
  }

  /// The programs of the small images are made again afterwards.
  func evaluateLargeImage() throws -> [String: [Float]] {
    let (batch, height, width) = ReferenceImages.big.size
    var large = NetworkRequest(of: reference.network.graph(batch: batch, height: height, width: width))
    large.inference = [batch: reference.network.graph(batch: batch, height: height, width: width)]
    large.rule = request.rule
    large.precision = request.precision
    try executor.prepare(large)
    let images = try reference.images(.big)
    let outputs = try withExtendedLifetime(images) {
      try arrays(executor.predict(self.batch(images, of: batch)))
    }
    try executor.prepare(request)
    return outputs
  }

  /// A first step whose gradients overflow in float16 updates nothing. It is made again, with the smaller loss scale.
  func differentiate() throws -> (outputs: [String: [Float]], losses: [Double]) {
    let scale = executor.state.lossScale
    let results = try step()
    guard steps == 1, let scale, executor.state.lossScale!.scale < scale.scale else { return results }
    try begin()
    return try differentiate()
  }

  private func step() throws -> (outputs: [String: [Float]], losses: [Double]) {
    let count = ReferenceImages.small.size.batch
    let numbers = StepNumbers(steps, learningRate: reference.learningRate, samples: count)
    steps += 1
    let early = try executor.train(batch(images, of: count), numbers)
    guard let result = try early ?? executor.finish() else {
      preconditionFailure("a step has a result")
    }
    return (arrays(result.outputs), Array(result.losses))
  }

  /// `differentiate` has updated the parameters.
  func update() {}

  private func batch(_ images: [(name: String, buffer: AlignedBuffer<Float>)], of count: Int) -> NetworkBatch
  {
    NetworkBatch(
      count: count, inputs: images.map { ($0.name, .floats(UnsafePointer($0.buffer.pointer))) },
      targets: UnsafePointer(targets.pointer))
  }

  private func arrays(_ outputs: [String: UnsafeBufferPointer<Float>]) -> [String: [Float]] {
    outputs.mapValues { Array($0) }
  }

  func parameter(_ name: String) throws -> [Float] {
    try executor.state.tensor(.parameter(parameterIndex[name]!)).values
  }
  func gradient(_ name: String) throws -> [Float] { try executor.gradient(of: parameterIndex[name]!) }
  func statistic(_ name: String) throws -> [Float] {
    try executor.state.tensor(.statistic(statisticIndex[name]!)).values
  }

  private lazy var parameterIndex = reference.places(executor.state.parameters.map(\.name))
  private lazy var statisticIndex = reference.places(executor.state.statistics.map(\.name))
}
