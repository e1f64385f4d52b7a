import Checkpoints
import Foundation
import Networks
import Tensors

extension Trainer {
  /// Continues from the newest good checkpoint of the run folder, if there is one.
  /// - Throws: `InputError` (checkpoint) for one that does not belong to the experiment.
  func resume() throws {
    guard let folder, let newest = try folder.newestCheckpoint() else { return }
    if let warning = newest.warning {
      progress.warning(warning)
      logger.warning("\(warning)")
    }
    let model = try TrainedModel(newest.file)
    try Self.requireSameRun(experiment, model.experiment, file: newest.file.path)
    try model.load(into: runner.store)
    try loadOptimizer(newest.file)
    try state.restore(newest.file)
    try requireWork(newest.file.path)
    // The run may have been killed between saving its best epoch and naming it the best.
    if newest.warning == nil, state.step == 0, state.history.best?.epoch == state.epoch {
      try folder.checkpoints.markLastAsBest()
    }
    let place =
      state.step == 0 ? "after epoch \(state.epoch)" : "in epoch \(state.epoch + 1) after step \(state.step)"
    let ranks = ModelMetadata.ranks(of: newest.file)
    let change =
      ranks == communicator.size
      ? "" : ", on \(NumberText.count(communicator.size, "rank", "ranks")) instead of \(ranks)"
    progress.message("resuming \(place)\(change)")
    logger.info("resuming \(place)\(change) from \(newest.file.path)")
  }

  /// Settings that may differ when a run is resumed: they change its length and speed, not its result. What
  /// `labels.empty` changes of the patches is noticed by the patches.
  private static let freeKeys: Set<String> = [
    "labels.empty",
    "threads", "memory", "training.epochs", "training.checkpoint_every_epochs",
    "training.checkpoint_every_minutes", "evaluation.batch_size", "data.workers", "data.prefetch",
    "cluster.rank_timeout", "cluster.collective_timeout",
    "cluster.end_margin", "cluster.stop_timeout",
  ]

  private static func requireSameRun(_ wanted: Experiment, _ saved: Experiment, file: String) throws {
    for key in ExperimentKey.all where !freeKeys.contains(key.path) {
      let (now, then) = (key.text(wanted), key.text(saved))
      guard now != then else { continue }
      throw InputError(
        .usage, key.path, "is \(now), but the run to be resumed has \(then) (\(file))",
        remedy: "resume with the run's own config.yaml, or start a new run")
    }
  }

  /// The run must not be past the epochs asked for, and its training patches must be those it began with:
  /// the order of the rest of an epoch follows from them.
  private func requireWork(_ file: String) throws {
    let begun = state.epoch + (state.step > 0 ? 1 : 0)
    guard begun <= experiment.training.epochs else {
      throw InputError(
        .usage, "training.epochs",
        "is \(experiment.training.epochs), but the run to be resumed is past that (\(file))",
        remedy: "ask for at least \(begun) epochs")
    }
    let now = splits.trainingDigest
    if let then = state.trainingDigest, then != now {
      throw InputError(
        .data, "--labels", "the training split has \(now), but the run to be resumed was begun with \(then)",
        remedy: "resume with the lists it was begun with, or start a new run")
    }
  }

  private func loadOptimizer(_ file: CheckpointFile) throws {
    let name = experiment.training.optimizer.rawValue
    guard let saved = file.contents.optimizer, saved.kind == name else {
      throw InputError(
        .checkpoint, file.path, "holds no state of optimizer \(name)",
        remedy: "it cannot be resumed; start anew")
    }
    optimizer.steps = saved.step
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
    metadata[ModelMetadata.trainingPatches] = splits.trainingDigest
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
    return RunSummary(
      name: experiment.name, fusion: experiment.model.fusion.rawValue,
      sensors: experiment.model.sensors.map(\.rawValue), architecture: experiment.model.architecture.rawValue,
      task: experiment.labels.type, classes: experiment.classScheme.classNames,
      parameters: runner.store.parameters.reduce(0) { $0 + $1.count }, epochs: experiment.training.epochs,
      completedEpochs: state.epoch, best: history.best, seconds: history.seconds,
      imagesPerSecond: Double(history.images) / max(history.trainingSeconds, 1e-9),
      dataWaitShare: history.waitSeconds.map { $0 / max(history.trainingSeconds, 1e-9) },
      threads: runner.pool.threads, seed: experiment.training.seed,
      finished: state.epoch >= experiment.training.epochs, version: ProgramVersion.current)
  }
}
