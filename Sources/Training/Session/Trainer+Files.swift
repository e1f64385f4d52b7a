import Basics
import Checkpoints
import Experiments
import Foundation
import Metrics
import Networks
import Presentation

/// The checkpoints of a run.
extension Trainer {
  /// Takes network, optimizer and state from a checkpoint.
  /// - Throws: `InputError` (checkpoint) for a checkpoint that does not hold the state of the run.
  func restore(_ checkpoint: TrainedModel) throws {
    try checkpoint.load(into: runner.state)
    try loadOptimizer(checkpoint.file)
    try state.restore(checkpoint.file)
  }

  private func loadOptimizer(_ file: CheckpointFile) throws {
    let numbers = runner.state
    let saved = try file.optimizerState(experiment.training.optimizer)
    numbers.steps = saved.step
    if numbers.lossScale != nil, let lossScale = saved.lossScale {
      numbers.lossScale = LossScale(scale: Float(lossScale.scale), goodSteps: lossScale.goodSteps)
    }
    for (slot, slotName) in numbers.slotNames.enumerated() {
      for (index, parameter) in numbers.parameters.enumerated() {
        let tensor = try file.tensor(parameter.name, from: .optimizerSlot(slotName))
        guard tensor.shape == parameter.shape else {
          throw InputError(
            .checkpoint, file.path,
            "holds \(slotName) of \(parameter.name) in another shape than the parameter",
            remedy: "it cannot be resumed; start anew")
        }
        try numbers.set(.slot(slot, parameter: index), tensor)
      }
    }
  }

  /// A checkpoint with the whole state of the run.
  /// - Parameter numbers: the parameters, statistics and optimizer state, which are copied when they are written.
  func checkpoint(_ numbers: any NetworkNumbers) throws -> Checkpoint<TensorSource> {
    let slots = numbers.slotNames.enumerated().map { slot, name in
      OptimizerSlot(
        name: name,
        tensors: numbers.parameters.enumerated().map { index, parameter in
          numbers.source(parameter.name, .slot(slot, parameter: index))
        })
    }
    var metadata = try ModelMetadata.entries(experiment, splits.normalisation)
    metadata[ModelMetadata.trainingMetrics] = try ReportJSON.line(state.trainingMetrics)
    metadata.merge(digest.metadata) { _, part in part }
    metadata[ModelMetadata.samplesLookedAt] = splits.sampleRecord
    if communicator.size > 1 { metadata[ModelMetadata.ranks] = "\(communicator.size)" }
    var checkpoint = Checkpoint(
      parameters: numbers.parameterSources, buffers: numbers.statisticSources,
      counters: numbers.batchCounters(state.globalStep),
      optimizer: OptimizerState(
        kind: experiment.training.optimizer.rawValue, step: numbers.steps, slots: slots,
        lossScale: numbers.lossScale.map { (Double($0.scale), $0.goodSteps) }),
      progress: state.progress(seed: experiment.training.seed), experiment: experiment.yaml,
      metadata: metadata)
    checkpoint.best = state.history.best.map { BestMetric(value: $0.validation[.microF1], epoch: $0.epoch) }
    checkpoint.accumulators = state.accumulators
    checkpoint.history = try ReportJSON.line(state.history)
    return checkpoint
  }

  static func noMetrics(_ experiment: Experiment) -> MetricsAccumulator {
    MetricsAccumulator(task: experiment.labels.type, classNames: experiment.classScheme.classNames)
  }
}

extension CheckpointFile {
  /// The optimizer state with which a run goes on.
  /// - Throws: `InputError` (checkpoint) when the file holds no optimizer state, or the state of another optimizer.
  func optimizerState(_ optimizer: OptimizerRule.Kind) throws -> OptimizerState<TensorInfo> {
    guard let saved = contents.optimizer, saved.kind == optimizer.rawValue else {
      throw InputError(
        .checkpoint, path, "holds no state of optimizer \(optimizer.rawValue)",
        remedy: "it cannot be resumed; start anew")
    }
    return saved
  }
}
