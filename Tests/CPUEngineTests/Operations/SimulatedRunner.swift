import Basics
import Networks
import SimulatedGPU

@testable import CUDAEngine

extension GraphRunner {
  /// Steps on the GPU engine, whose libraries are simulated.
  static func simulatedGPU(_ precision: Precision) -> GraphRunner {
    GraphRunner(testDescription: "simulated GPU, \(precision.rawValue)", precision: precision) { request in
      try SimulatedGPU.exclusive { environment in
        let device = try CUDADevice(
          number: 0, CUDALibraries.load(environment),
          cache: CubinCache(folder: "\(SimulatedGPU.folder)/cubins"))
        return try device.step(request, precision)
      }
    }
  }
}

extension CUDADevice {
  fileprivate func step(_ request: StepRequest, _ precision: Precision) throws -> StepResult {
    let batch = request.graph.inputs.values.first!.batch
    var network = NetworkRequest(of: request.graph)
    network.training = [batch: .init(request.graph, request.objectives)]
    (network.seed, network.precision) = (17, precision)
    var recomputation: Recomputation?
    switch request.purpose {
    case .gradients: break
    case .update: network.rule = .sgd(momentum: 0, weightDecay: 0)
    case .updateInLittleMemory(let choice):
      network.rule = .sgd(momentum: 0, weightDecay: 0)
      recomputation = choice
    }
    let executor = try CUDANetwork(cudaPlan(network, recomputing: recomputation), self)
    let state = executor.state
    // The gradients of these networks are large: with the usual scale they are infinite.
    if precision == .fp16 { state.lossScale = LossScale(scale: 64) }
    for (index, values) in request.parameters.enumerated() {
      try state.set(.parameter(index), Tensor(shape: state.parameters[index].shape, values: values))
    }
    for (index, values) in request.statistics.enumerated() {
      try state.set(.statistic(index), Tensor(shape: [values.count], values: values))
    }
    var inputs = request.inputs
    let targets = inputs.removeValue(forKey: Graph.targets)!
    let memory = try inputs.map { name, values in
      let buffer = try AlignedBuffer<Float>(count: values.count)
      for (index, value) in values.enumerated() { buffer.pointer[index] = value }
      return (name: name, buffer: buffer)
    }
    let result = try targets.withUnsafeBufferPointer { targets in
      let batch = NetworkBatch(
        count: batch, inputs: memory.map { ($0.name, .floats(UnsafePointer($0.buffer.pointer))) },
        targets: targets.baseAddress!)
      return try executor.train(batch, StepNumbers(0, learningRate: 0.5, samples: batch.count))
        ?? executor.finish()!
    }
    let (outputs, losses) = (result.outputs.mapValues { Array($0) }, Array(result.losses))
    var gradients: [[Float]]?
    if case .gradients = request.purpose {
      gradients = try state.parameters.indices.map { try executor.gradient(of: $0) }
    }
    return try StepResult(
      outputs: outputs, losses: losses,
      parameters: state.parameters.indices.map { try state.tensor(.parameter($0)).values },
      statistics: state.statistics.indices.map { try state.tensor(.statistic($0)).values },
      gradients: gradients)
  }
}
