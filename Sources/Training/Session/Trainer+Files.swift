import Basics
import CPUEngine
import Checkpoints
import Cluster
import Experiments
import Foundation
import Metrics
import Presentation

extension Trainer {
  /// Makes the folder that of this run.
  func begin(in folder: RunFolder) throws {
    if isNew {
      try folder.begin()
      logger.info("starting \(shownName(experiment.name)): \(splits[.train].patches.count) training patches")
    }
    try reports().write(to: folder)
  }

  /// Continues from the newest good checkpoint of the run folder, if there is one.
  /// - Throws: `InputError` (checkpoint) for one that does not hold the state of the run.
  func resume() throws {
    guard let newest = folder?.takeNewest() else { return }
    if let warning = newest.warning { warn(warning) }
    try TrainedModel(newest.file).load(into: runner.store)
    try loadOptimizer(newest.file)
    try state.restore(newest.file)
    if let acceptedChange { state.accept(acceptedChange, metrics: Self.noMetrics(experiment)) }
    StopRequest.checkpointIsKept()
    // Nothing is left to be trained: this part leaves no trace.
    if state.epoch >= experiment.training.epochs { identity?.parts = [] }
    let place =
      state.step == 0 ? "after epoch \(state.epoch)" : "in epoch \(state.epoch + 1) after step \(state.step)"
    let ranks = ModelMetadata.ranks(of: newest.file)
    let change =
      ranks == communicator.size
      ? "" : ", on \(NumberText.count(communicator.size, "rank", "ranks")) instead of \(ranks)"
    progress.message("resuming \(place)\(change)")
    logger.info("resuming \(place)\(change) from \(newest.file.path)")
    if let acceptedChange { tell(acceptedChange) }
  }

  private func tell(_ change: DataChange) {
    let isBegunAgain = change.hasOtherPatches && state.step > 0
    warn(
      "going on with other data, as --accept-changed-data wants: \(change.parts.joined(separator: ", ")); the best "
        + "epoch is chosen anew, from epoch \(state.history.bestComparedFrom ?? 1) on"
        + (isBegunAgain ? "; epoch \(state.epoch + 1) begins again with its first patch" : ""))
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

  func metricsTable() throws -> MetricsTable {
    state.history.metrics.isEmpty
      ? MetricsTable() : try MetricsTable(text: state.history.metrics, source: "the history of the run")
  }

  /// What the run has come to.
  func reports() throws -> RunReports {
    try RunReports(configuration: experiment.yaml, table: metricsTable(), summary: summary())
  }

  private func summary() -> RunSummary {
    let history = state.history
    var identity = identity
    for part in identity?.parts.indices ?? 0..<0 { identity?.parts[part].ended = DateText.now }
    return RunSummary(
      name: experiment.name, fusion: experiment.model.fusion.rawValue,
      sensors: experiment.model.sensors.map(\.name), architecture: experiment.model.architecture.rawValue,
      task: experiment.labels.type, classes: experiment.classScheme.classNames,
      parameters: runner.store.parameters.reduce(0) { $0 + $1.count }, epochs: experiment.training.epochs,
      completedEpochs: state.epoch, best: history.best, bestComparedFrom: history.bestComparedFrom,
      acceptedChanges: history.acceptedChanges, run: identity,
      splits: Dictionary(uniqueKeysWithValues: digest.records.map { ($0.rawValue, $1) }),
      seconds: history.seconds,
      imagesPerSecond: Double(history.images) / max(history.trainingSeconds, 1e-9),
      dataWaitShare: history.waitSeconds.map { $0 / max(history.trainingSeconds, 1e-9) },
      threads: runner.pool.threads, seed: experiment.training.seed,
      finished: state.epoch >= experiment.training.epochs, version: ProgramVersion.current)
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
