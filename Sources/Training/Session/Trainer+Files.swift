import Basics
import CPUEngine
import Checkpoints
import Experiments
import Foundation
import Metrics
import Presentation

/// What checkpoints hold of a run.
extension Trainer {
  /// Takes network, optimizer and state from a checkpoint.
  /// - Throws: `InputError` (checkpoint) for one that does not hold the state of the run.
  func restore(_ checkpoint: TrainedModel) throws {
    try checkpoint.load(into: runner.store)
    try loadOptimizer(checkpoint.file)
    try state.restore(checkpoint.file)
  }

  private func loadOptimizer(_ file: CheckpointFile) throws {
    optimizer.steps = try file.optimizerState(experiment.training.optimizer).step
    for (slot, slotName) in optimizer.rule.slotNames.enumerated() {
      for (index, parameter) in runner.store.parameters.enumerated() {
        let tensor = try file.tensor(parameter.name, from: .optimizerSlot(slotName))
        guard tensor.shape == parameter.shape else {
          throw InputError(
            .checkpoint, file.path,
            "holds \(slotName) of \(parameter.name) in another shape than the parameter",
            remedy: "it cannot be resumed; start anew")
        }
        tensor.values.withUnsafeBufferPointer { optimizer.set(slot: slot, parameter: index, from: $0) }
      }
    }
  }

  /// The whole state of the run.
  /// - Parameter numbers: the parameters, statistics and optimizer state, which are copied when they are written.
  func checkpoint(_ numbers: Optimizer) throws -> Checkpoint<TensorSource> {
    let store = numbers.store
    let slots = numbers.rule.slotNames.enumerated().map { slot, name in
      OptimizerSlot(
        name: name,
        tensors: store.parameters.enumerated().map { index, parameter in
          TensorSource(name: parameter.name, shape: parameter.shape) {
            numbers.copy(slot: slot, parameter: index, into: $0)
          }
        })
    }
    var metadata = try ModelMetadata.entries(experiment, splits.normalisation)
    metadata[ModelMetadata.trainingMetrics] = try ReportJSON.line(state.trainingMetrics)
    metadata.merge(digest.metadata) { _, part in part }
    metadata[ModelMetadata.samplesLookedAt] = splits.sampleRecord
    if communicator.size > 1 { metadata[ModelMetadata.ranks] = "\(communicator.size)" }
    return Checkpoint(
      parameters: store.parameterSources, buffers: store.statisticSources,
      counters: store.batchCounters(state.globalStep),
      optimizer: OptimizerState(
        kind: experiment.training.optimizer.rawValue, step: numbers.steps, slots: slots),
      progress: state.progress(seed: experiment.training.seed),
      best: state.history.best.map { BestMetric(value: $0.validation[.microF1], epoch: $0.epoch) },
      accumulators: state.accumulators, experiment: experiment.yaml,
      history: try ReportJSON.line(state.history), metadata: metadata)
  }

  static func noMetrics(_ experiment: Experiment) -> MetricsAccumulator {
    MetricsAccumulator(task: experiment.labels.type, classNames: experiment.classScheme.classNames)
  }
}

extension CheckpointFile {
  /// The state of the optimizer that a run goes on with.
  /// - Throws: `InputError` (checkpoint) when the file holds none, or that of another optimizer.
  func optimizerState(_ optimizer: Experiment.OptimizerKind) throws -> OptimizerState<TensorInfo> {
    guard let saved = contents.optimizer, saved.kind == optimizer.rawValue else {
      throw InputError(
        .checkpoint, path, "holds no state of optimizer \(optimizer.rawValue)",
        remedy: "it cannot be resumed; start anew")
    }
    return saved
  }
}
