import Checkpoints
import Cluster
import Foundation
import Logging
import Networks
import SEN12MS
import Tensors

/// Trains a network: epochs of steps, each followed by a validation, with everything kept that is needed to
/// go on after an interruption as if there had been none.
public final class Trainer {
  public enum Outcome: Sendable, Equatable {
    case finished
    /// Stopped for this reason with everything saved.
    case stopped(StopReason)
  }

  let experiment: Experiment
  let splits: PatchSplits
  let runner: NetworkRunner
  let optimizer: Optimizer
  let folder: RunFolder
  let progress: ProgressReporter
  let logger: Logger
  var state: TrainingState
  /// Where a new run starts from instead of random numbers.
  public var initialWeights: TrainedModel?
  /// When the batch job ends, for the process that watches the time; nil outside of a job.
  public var jobEnd: JobEnd?
  let writer: RunWriter
  var pace = StepPace()
  private var lastSave = ContinuousClock.now

  /// - Parameters:
  ///   - runner: prepared for the batch sizes of training and validation.
  ///   - folder: of the run, locked.
  /// - Throws: `InputError` when there is too little memory.
  public init(
    _ experiment: Experiment, splits: PatchSplits, runner: NetworkRunner, folder: RunFolder,
    progress: ProgressReporter
  ) throws {
    self.experiment = experiment
    self.splits = splits
    self.runner = runner
    self.folder = folder
    self.progress = progress
    logger = folder.log.logger
    optimizer = try Optimizer(experiment.optimizerRule, store: runner.store, pool: runner.pool)
    writer = try RunWriter(
      folder, optimizer, pool: runner.pool, inBackground: RunWriter.keepsCopy(experiment.memory))
    state = TrainingState(
      objectives: runner.objectives.count, metrics: Self.noMetrics(experiment))
  }

  /// Trains until all epochs are done or a stop is requested.
  /// - Throws: `InputError`: numerics when a loss is not finite (good checkpoints stay); data for a file that
  ///   cannot be read; environment when something cannot be written.
  public func run() throws -> Outcome {
    // What is being written is good, whatever ends the run.
    defer { writer.wait() }
    if state.globalStep == 0 && state.epoch == 0 {
      runner.store.initialise(seed: experiment.training.seed)
      try initialWeights?.load(into: runner.store)
      folder.removeReplaced()
      logger.info("starting \(experiment.name): \(splits[.train].patches.count) training patches")
    }
    try reports().write(to: folder)
    while state.epoch < experiment.training.epochs {
      if let reason = try trainEpoch() { return try stop(reason) }
      guard let validation = try validate() else { return try stop(StopRequest.reason!) }
      try finishEpoch(validation)
    }
    try writer.finish()
    say(
      "finished \(state.epoch) epochs; best validation micro-F1 "
        + (state.history.best.map { "\(NumberText.fixed($0.validation[.microF1], 4)) in epoch \($0.epoch)" }
          ?? "n/a"))
    return .finished
  }

  private var isLastEpoch: Bool { state.epoch + 1 >= experiment.training.epochs }

  private static func noMetrics(_ experiment: Experiment) -> MetricsAccumulator {
    MetricsAccumulator(task: experiment.labels.type, classNames: experiment.classScheme.classNames)
  }

  /// Trains what is left of an epoch. Returns the reason when it was told to stop.
  private func trainEpoch() throws -> StopReason? {
    let training = experiment.training
    let stream = try BatchStream(
      splits[.train], in: splits.folder,
      options: .init(
        experiment, splits, batchSize: min(training.batchSize, splits[.train].patches.count),
        augmentation: experiment.trainingAugmentation, shuffle: true, dropLast: training.dropLast),
      epoch: state.epoch, startingAt: state.step)
    let total = splits[.train].patches.count
    progress.begin("epoch \(state.epoch + 1)/\(training.epochs)", total: total, done: state.samples)
    let before = (seconds: state.seconds, wait: state.waitSeconds)
    let start = ContinuousClock.now
    pace.begin()
    do {
      while let batch = try stream.next() {
        try step(batch)
        state.seconds = before.seconds + (ContinuousClock.now - start) / .seconds(1)
        state.waitSeconds = before.wait + stream.waitSeconds
        progress.update(done: state.samples, loss: state.loss, waited: stream.waitSeconds)
        if let reason = stopReason() {
          progress.clear()
          return reason
        }
        try saveIfDue()
      }
    } catch {
      progress.clear()
      throw error
    }
    progress.clear()
    return nil
  }

  private func step(_ batch: Batch) throws {
    let (losses, logits) = runner.train(batch, step: state.globalStep, updating: optimizer)
    guard losses.allSatisfy(\.isFinite), logits.allSatisfy(\.isFinite) else {
      throw InputError(
        .numerics, "epoch \(state.epoch + 1), step \(state.step + 1)",
        "the loss is no longer finite (\(losses.map(NumberText.loss).joined(separator: ", ")))",
        remedy: "the last good checkpoint is kept; lower training.learning_rate or check the data")
    }
    let classes = splits[.train].classes
    let truth = Array(UnsafeBufferPointer(start: batch.targets.pointer, count: batch.count * classes))
    try state.trainingMetrics.add(
      probabilities: experiment.labels.type.probabilities(logits: logits, classes: classes), truth: truth)
    for (index, loss) in losses.enumerated() { state.lossSums[index] += loss * Double(batch.count) }
    state.samples += batch.count
    state.step += 1
    state.globalStep += 1
  }

  private func validate() throws -> Evaluation? {
    let setting = Evaluation.Setting(
      runner: runner, splits: splits, experiment: experiment, progress: progress)
    pace.begin()
    return try Evaluation.run(
      setting, .validation, label: "validation \(state.epoch + 1)/\(experiment.training.epochs)",
      summary: false, shouldStop: { stopReason() != nil })
  }

  /// Records an epoch: history, checkpoint, best checkpoint, reports.
  private func finishEpoch(_ validation: Evaluation) throws {
    let epoch = state.epoch + 1
    let seconds = state.seconds + validation.seconds
    let imagesPerSecond = Double(state.samples) / max(state.seconds, 1e-9)
    let waitShare = state.waitSeconds / max(state.seconds, 1e-9)
    var table = try metricsTable()
    table.record(
      .init(
        epoch: epoch, trainLoss: state.loss, validationLoss: validation.loss, seconds: seconds,
        imagesPerSecond: imagesPerSecond, dataWaitShare: waitShare,
        learningRate: experiment.training.learningRate, validation: validation.metrics))
    state.history.metrics = table.text
    state.history.seconds += seconds
    state.history.trainingSeconds += state.seconds
    state.history.images += state.samples
    state.history.waitSeconds = state.history.waitSeconds.map { [wait = state.waitSeconds] in $0 + wait }
    let score = validation.metrics[.microF1]
    let isBest = state.history.best.map { score > $0.validation[.microF1] } ?? true
    if isBest {
      state.history.best = .init(
        epoch: epoch, trainLoss: state.loss, validationLoss: validation.loss,
        train: state.trainingMetrics.metrics, validation: validation.metrics)
    }
    let line =
      "epoch \(epoch)/\(experiment.training.epochs): loss \(NumberText.loss(state.loss)), validation loss "
      + "\(NumberText.loss(validation.loss)), micro-F1 \(NumberText.fixed(score, 4))"
      + (isBest ? " (best)" : "")
      + ", \(NumberText.duration(seconds)), \(NumberText.rate(imagesPerSecond)) patches/s, data wait "
      + NumberText.percent(waitShare)
    let isDue = isBest || isLastEpoch || epoch % experiment.training.checkpointEveryEpochs == 0
    state.nextEpoch(metrics: Self.noMetrics(experiment))
    if isDue { try save(isBest: isBest, reports()) } else { try writer.write(reports()) }
    say(line)
  }

  private func stop(_ reason: StopReason) throws -> Outcome {
    try save(reports())
    try writer.finish()
    StopRequest.everythingIsSaved()
    say(
      "stopped by \(reason) in epoch \(min(state.epoch + 1, experiment.training.epochs)) after step \(state.step); "
        + "everything is saved, continue with --resume")
    return .stopped(reason)
  }

  private func saveIfDue() throws {
    try writer.check()
    guard let minutes = experiment.training.checkpointEveryMinutes else { return }
    if ContinuousClock.now - lastSave >= .seconds(60 * minutes) { try save() }
  }

  /// Saves the state of the run, and the reports after it.
  private func save(isBest: Bool = false, _ reports: RunReports? = nil) throws {
    guard runner.store.isFinite else {
      throw InputError(
        .numerics, "epoch \(state.epoch + 1), step \(state.step)", "a parameter is no longer finite",
        remedy: "the last good checkpoint is kept; lower training.learning_rate")
    }
    try writer.save(checkpoint, isBest: isBest, reports)
    lastSave = ContinuousClock.now
    pace.begin()
  }

  /// A line for the user and for the log.
  func say(_ line: String) {
    progress.message(line)
    logger.info("\(line)")
  }
}
