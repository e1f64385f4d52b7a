/// A network that a device is to run, and how: everything that a plan follows from.
public struct NetworkRequest: Sendable {
  /// A training step of one batch size.
  package struct Step: Sendable {
    /// The network without derivatives, built for the batch size and the size of the images.
    package let graph: Graph
    /// What is minimised, in the order of the losses.
    package let objectives: [Objective]

    package init(_ graph: Graph, _ objectives: [Objective]) {
      (self.graph, self.objectives) = (graph, objectives)
    }
  }

  /// Of all its graphs.
  package let parameters: [Parameter]
  package let statistics: [Statistic]
  /// Training steps by the samples of their batches; on several ranks those of this one.
  package var training: [Int: Step] = [:]
  /// Evaluations by the samples of their batches.
  public var inference: [Int: Graph] = [:]
  /// How parameters are updated; nil for steps that only compute losses and gradients.
  package var rule: OptimizerRule?
  /// How each parameter follows the rule; empty for all alike.
  package var updates: [UpdatePolicy] = []
  package var precision = Precision.fp32
  package var memory = MemoryMode.balanced
  /// Whether batch norms take their statistics from the samples of all ranks.
  package var synchronisesBatchNorm = true
  /// Samples that the statistics of a training step come from at least, where those of several ranks are taken
  /// together; nil for the smallest batch of `training`.
  package var fewestStatistics: Int?
  /// Of the random masks of dropout.
  package var seed: UInt64 = 0
  /// Whether `NetworkState.snapshot` copies into memory of its own, so that training may go on meanwhile.
  package var keepsSnapshot = false

  /// - Parameter graph: of the network, whatever its batch.
  public init(of graph: Graph) {
    (parameters, statistics) = (graph.parameters, graph.statistics)
  }

  /// The names of the losses, in order.
  package var objectives: [String] { training.values.first?.objectives.map(\.name) ?? [] }
}

/// The type in which activations are kept and convolutions multiply.
///
/// Parameters, their gradients, statistics and vectors of batch norms, the transforms and products of
/// Winograd, the pooled features and all that follows them are float32 in any case.
package enum Precision: String, CaseIterable, Sendable {
  /// Everything in float32.
  case fp32
  /// Activations and their gradients in bfloat16; convolutions multiply bfloat16 and add in float32, with the
  /// instructions of AVX512_BF16.
  case bf16
  /// The same roundings, but products of float32: slower, on any processor.
  case bf16Emulated = "bf16-emulated"
}

/// How a training step weighs memory against time. Its results are the same bits.
package enum MemoryMode: String, CaseIterable, Sendable {
  /// Every value that a derivative reads is kept, and all gradients are until the parameters are updated.
  case balanced
  /// Part of the values is computed again for the derivatives, and each parameter is updated as soon as its
  /// gradient is ready.
  case low

  /// Share of a step's arithmetic that `low` may add.
  package static let extraArithmetic = 0.15
}
