import Basics
import CPUEngine
import Networks
import Testing

/// One training step: a graph without derivatives, its losses, parameters, statistics and inputs.
struct StepRequest {
  let graph: Graph
  let objectives: [Objective]
  /// Parameters in PyTorch's layout.
  let parameters: [[Float]]
  let statistics: [[Float]]
  /// Inputs `[N, H, W, C]`, the targets among them.
  let inputs: [String: [Float]]
  var threads = 2
  /// What the step does with its gradients.
  var purpose = Purpose.gradients

  enum Purpose {
    /// The step returns its gradients.
    case gradients
    /// The step updates its parameters to p − g / 2.
    case update
    /// The same, with each update as soon as it is possible, and with values computed again.
    case updateInLittleMemory(Recomputation)
  }
}

/// The results of a step.
struct StepResult: Equatable {
  let outputs: [String: [Float]]
  let losses: [Double]
  let parameters: [[Float]]
  let statistics: [[Float]]
  /// Gradients in PyTorch's layout; nil if the step updated the parameters.
  let gradients: [[Float]]?
}

/// Runs training steps on an engine, with one choice of kernels and precision. To test another engine, add its
/// runners to `all`.
struct GraphRunner: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let precision: Precision
  let run: @Sendable (StepRequest) throws -> StepResult

  static let all =
    Arithmetic.available.map(cpu) + [Precision.fp32, .tf32, .bf16, .fp16].map { simulatedGPU($0) }

  static func cpu(_ arithmetic: Arithmetic) -> GraphRunner {
    GraphRunner(testDescription: arithmetic.testDescription, precision: arithmetic.precision) { request in
      var recomputation: Recomputation?
      if case .updateInLittleMemory(let choice) = request.purpose { recomputation = choice }
      let program = request.graph.differentiated(request.objectives, recomputing: recomputation)
        .loweredForCPU(
          .training, kernels: arithmetic.kernels, precision: arithmetic.precision,
          updatesParameters: recomputation != nil)
      let store = try ParameterStore(for: program.graph)
      if recomputation == nil { try store.makeGradients() }
      let bench = try Workbench(program, threads: request.threads, store: store)
      for (index, values) in request.parameters.enumerated() {
        store.set(index, Tensor(shape: store.parameters[index].shape, values: values))
      }
      for (index, values) in request.statistics.enumerated() {
        store.setStatistic(index, Tensor(shape: [values.count], values: values))
      }
      for (name, values) in request.inputs { bench[input: name] = values }
      var gradients: [[Float]]?
      switch request.purpose {
      case .gradients:
        bench.run()
        gradients = store.parameters.indices.map { store.gradientTensor($0).values }
      case .update, .updateInLittleMemory:
        let rule = OptimizerRule.sgd(momentum: 0, weightDecay: 0)
        bench.run(updating: try Optimizer(rule, learningRate: 0.5, store: store, pool: bench.pool))
      }
      return StepResult(
        outputs: Dictionary(
          uniqueKeysWithValues: program.graph.outputs.keys.map { ($0, bench.output($0)) }),
        losses: bench.losses, parameters: store.parameters.indices.map { store.tensor($0).values },
        statistics: store.statistics.indices.map { store.statisticTensor($0).values }, gradients: gradients)
    }
  }
}
