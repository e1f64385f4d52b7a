/// The whole state of a training run.
///
/// Written from `TensorSource`s and read back as `TensorInfo`s whose elements `CheckpointFile` reads on demand.
package struct Checkpoint<Element: TensorDescription> {
  /// Trained tensors, in the network's order.
  package var parameters: [Element]
  /// Running means and variances, in the network's order.
  package var buffers: [Element]
  /// Batches seen by each batch norm.
  package var counters: [Counter]
  /// Absent in a checkpoint made from imported weights.
  package var optimizer: OptimizerState<Element>?
  package var progress: TrainingProgress
  /// Absent before the first validation.
  package var best: BestMetric?
  /// Sums of the unfinished epoch (losses, sample counts), exact to the bit so that a run can resume within
  /// it.
  package var accumulators: [String: Double] = [:]
  /// The resolved experiment, YAML.
  package var experiment: String
  /// Results of the finished epochs, JSON.
  package var history = ""
  /// Bands, normalisation, class scheme, architecture, fusion.
  package var metadata: [String: String]

  /// A checkpoint without results: `best`, `accumulators` and `history` are set afterwards.
  package init(
    parameters: [Element], buffers: [Element] = [], counters: [Counter] = [],
    optimizer: OptimizerState<Element>? = nil, progress: TrainingProgress = TrainingProgress(),
    experiment: String = "", metadata: [String: String] = [:]
  ) {
    self.parameters = parameters
    self.buffers = buffers
    self.counters = counters
    self.optimizer = optimizer
    self.progress = progress
    self.experiment = experiment
    self.metadata = metadata
  }
}

/// The state that an optimizer keeps from step to step.
package struct OptimizerState<Element: TensorDescription> {
  /// "adam" or "sgd".
  package var kind: String
  /// Steps taken.
  package var step: Int
  package var slots: [OptimizerSlot<Element>]
  /// The factor of the loss, and the updates since it last changed; absent in precisions without one.
  package var lossScale: (scale: Double, goodSteps: Int)?

  package init(
    kind: String, step: Int, slots: [OptimizerSlot<Element>],
    lossScale: (scale: Double, goodSteps: Int)? = nil
  ) {
    self.kind = kind
    self.step = step
    self.slots = slots
    self.lossScale = lossScale
  }
}

/// One tensor for each parameter, under the parameters' names.
package struct OptimizerSlot<Element: TensorDescription> {
  /// PyTorch's name: "exp_avg", "exp_avg_sq", "momentum_buffer".
  package var name: String
  package var tensors: [Element]

  package init(name: String, tensors: [Element]) {
    self.name = name
    self.tensors = tensors
  }
}

/// How far a run has come.
package struct TrainingProgress: Equatable, Sendable {
  /// Finished epochs.
  package var epoch: Int
  /// Steps taken in the unfinished epoch.
  package var stepInEpoch: Int
  /// Steps taken since the start of the run.
  package var globalStep: Int
  /// Samples taken from the shuffled list of the unfinished epoch.
  package var position: Int
  /// The seed of every random stream of the run.
  package var seed: UInt64

  package init(
    epoch: Int = 0, stepInEpoch: Int = 0, globalStep: Int = 0, position: Int = 0, seed: UInt64 = 0
  ) {
    self.epoch = epoch
    self.stepInEpoch = stepInEpoch
    self.globalStep = globalStep
    self.position = position
    self.seed = seed
  }
}

/// The best validation result so far.
package struct BestMetric: Equatable, Sendable {
  package var value: Double
  /// The epoch that reached it.
  package var epoch: Int

  package init(value: Double, epoch: Int) {
    self.value = value
    self.epoch = epoch
  }
}
