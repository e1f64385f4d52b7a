/// The whole state of a training run.
///
/// Written from `TensorSource`s and read back as `TensorInfo`s whose elements `CheckpointFile` reads on demand.
public struct Checkpoint<Element: TensorDescription> {
  /// Trained tensors, in the network's order.
  public var parameters: [Element]
  /// Running means and variances, in the network's order.
  public var buffers: [Element]
  /// Batches seen by each batch norm.
  public var counters: [Counter]
  /// Absent in a checkpoint made from imported weights.
  public var optimizer: OptimizerState<Element>?
  public var progress: TrainingProgress
  /// Absent before the first validation.
  public var best: BestMetric?
  /// Sums of the epoch in flight (losses, sample counts), exact to the bit for resuming in mid-epoch.
  public var accumulators: [String: Double]
  /// The resolved experiment, YAML.
  public var experiment: String
  /// Results of the finished epochs, JSON.
  public var history: String
  /// Bands, normalisation, class scheme, architecture, fusion.
  public var metadata: [String: String]

  public init(
    parameters: [Element], buffers: [Element] = [], counters: [Counter] = [],
    optimizer: OptimizerState<Element>? = nil, progress: TrainingProgress = TrainingProgress(),
    best: BestMetric? = nil, accumulators: [String: Double] = [:], experiment: String = "",
    history: String = "", metadata: [String: String] = [:]
  ) {
    self.parameters = parameters
    self.buffers = buffers
    self.counters = counters
    self.optimizer = optimizer
    self.progress = progress
    self.best = best
    self.accumulators = accumulators
    self.experiment = experiment
    self.history = history
    self.metadata = metadata
  }
}

/// What an optimizer carries from step to step.
public struct OptimizerState<Element: TensorDescription> {
  /// "adam" or "sgd".
  public var kind: String
  /// Steps taken.
  public var step: Int
  public var slots: [OptimizerSlot<Element>]

  public init(kind: String, step: Int, slots: [OptimizerSlot<Element>]) {
    self.kind = kind
    self.step = step
    self.slots = slots
  }
}

/// One tensor for each parameter, under the parameters' names.
public struct OptimizerSlot<Element: TensorDescription> {
  /// PyTorch's name: "exp_avg", "exp_avg_sq", "momentum_buffer".
  public var name: String
  public var tensors: [Element]

  public init(name: String, tensors: [Element]) {
    self.name = name
    self.tensors = tensors
  }
}

/// Where a run stands.
public struct TrainingProgress: Equatable, Sendable {
  /// Finished epochs.
  public var epoch: Int
  /// Steps taken in the epoch in flight.
  public var stepInEpoch: Int
  /// Steps taken since the start of the run.
  public var globalStep: Int
  /// Samples taken from the shuffled list of the epoch in flight.
  public var position: Int
  /// The seed from which every random stream of the run follows.
  public var seed: UInt64

  public init(
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
public struct BestMetric: Equatable, Sendable {
  public var value: Double
  /// The epoch that reached it.
  public var epoch: Int

  public init(value: Double, epoch: Int) {
    self.value = value
    self.epoch = epoch
  }
}
