/// A network that a device is to run, and how: everything that determines the plan.
public struct NetworkRequest: Sendable {
  /// A training step of one batch size.
  package struct Step: Sendable {
    /// The network without derivatives, built for the batch size and the size of the images.
    package let graph: Graph
    /// The losses to be minimised, in the order of their names in reports.
    package let objectives: [Objective]

    package init(_ graph: Graph, _ objectives: [Objective]) {
      (self.graph, self.objectives) = (graph, objectives)
    }
  }

  /// Parameters and statistics of all graphs of the request.
  package let parameters: [Parameter]
  package let statistics: [Statistic]
  /// Training steps by batch size; on several ranks, by the part of the batch on this rank.
  package var training: [Int: Step] = [:]
  /// Evaluations by batch size.
  public var inference: [Int: Graph] = [:]
  /// The optimizer; nil for steps that only compute losses and gradients.
  package var rule: OptimizerRule?
  /// How each parameter follows the rule; empty if all follow it alike.
  package var updates: [UpdatePolicy] = []
  package var precision = Precision.fp32
  package var memory = MemoryMode.balanced
  /// Whether batch norms take their statistics from the samples of all ranks.
  package var synchronisesBatchNorm = true
  /// The smallest number of samples that a training step takes its statistics from, where several ranks take
  /// them together. nil for the smallest batch of `training`.
  package var fewestStatistics: Int?
  /// Seed of the dropout masks.
  package var seed: UInt64 = 0
  /// The images of each input as their files hold them, by the input's name, for devices that take samples. An
  /// input may come as floats, too; without an entry it always does.
  package var storedImages: [String: StoredImage] = [:]
  /// Whether `NetworkState.snapshot` copies into separate memory, so that training may go on meanwhile.
  package var keepsSnapshot = false
  /// What a device chose for an earlier part of the run, to be chosen again: `DeviceChoices.text`. nil for new choices.
  package var choices: String?

  /// - Parameter graph: a graph of the network, for any batch.
  public init(of graph: Graph) {
    (parameters, statistics) = (graph.parameters, graph.statistics)
  }

  /// The names of the losses, in order.
  package var objectives: [String] { training.values.first?.objectives.map(\.name) ?? [] }
}

/// The type in which activations are kept and convolutions multiply. `Device.require` says which a device has.
///
/// Always float32 are parameters, their gradients, statistics and vectors of batch norms. So are the transforms and
/// products of Winograd on the CPU, and the pooled features with all layers behind them.
package enum Precision: String, CaseIterable, Sendable {
  /// Everything in float32.
  case fp32
  /// Everything is kept in float32; convolutions multiply numbers rounded to TF32, with 10 bits behind the point, and
  /// add in float32. For GPUs.
  case tf32
  /// Activations and their gradients in bfloat16; convolutions multiply bfloat16 and add in float32. On CPUs with the
  /// instructions of AVX512_BF16.
  case bf16
  /// Activations and their gradients in float16; convolutions multiply float16 and add in float32. The loss is scaled,
  /// see `LossScale`. For GPUs.
  case fp16
  /// The roundings of `bf16`, but products of float32: slower, and on any processor.
  case bf16Emulated = "bf16-emulated"
}

/// How a training step weighs memory against time. All modes give the same bits.
package enum MemoryMode: String, CaseIterable, Sendable {
  /// Every value that a derivative reads is kept. All gradients are kept until the parameters are updated.
  case balanced
  /// Part of the values is computed again for the derivatives. The CPU also updates each parameter as soon as its
  /// gradient is ready.
  case low

  /// The largest share of a step's arithmetic that `low` may add.
  package static let extraArithmetic = 0.15
}
