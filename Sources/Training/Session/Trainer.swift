import Basics
import CPUEngine
import Cluster
import Experiments
import Foundation
import Imagery
import Logging
import Presentation

/// Trains a network: epochs of steps, each followed by a validation, with everything kept that is needed to
/// go on after an interruption as if there had been none.
package final class Trainer {
  package enum Outcome: Sendable, Equatable {
    case finished
    /// Stopped for this reason with everything saved.
    case stopped(StopReason)
  }

  let experiment: Experiment
  let splits: PatchSplits
  let runner: NetworkRunner
  let optimizer: Optimizer
  let communicator: any Communicator
  let shares: StepShares
  /// Of the first rank, which alone writes; nil on the others.
  let folder: RunFolder?
  let progress: ProgressReporter
  let logger: Logger
  var state: TrainingState
  /// Where a new run starts from instead of random numbers.
  package var initialWeights: TrainedModel?
  /// What the run notes of itself; nil in a run without a folder.
  var identity: RunIdentity?
  /// Other data than before that the resumed run goes on with.
  var acceptedChange: DataChange?
  /// Of the data, for checkpoints.
  let digest: DataDigest
  /// When the batch job ends, for the process that watches the time; nil outside of a job.
  package var jobEnd: JobEnd?
  /// What the user may do next; nil where nobody is told.
  package var nextSteps: NextSteps?
  /// Heeds signals until the first step.
  package var early: EarlyStop?
  /// Of the first rank.
  let writer: RunWriter?
  var pace = StepPace()
  /// How long epochs take.
  var clock: RunClock
  var epochTable = EpochTable()
  private var lastSave = ContinuousClock.now
  /// Cores of this rank that nothing computes on.
  private let spareCores: Int
  private var isReady = false
  private var sums: GradientSums?
  /// Seconds that the run has waited so far for the results of other ranks' steps.
  private var resultSeconds = 0.0
  /// Share of the time of the last epoch that went to the exchange with other ranks.
  var exchangeShare = 0.0

  /// - Parameters:
  ///   - digest: of `splits`, where it is known.
  ///   - runner: prepared for the batch sizes of training and validation.
  ///   - folder: of the run, locked; nil on every rank but the first.
  ///   - communicator: of the ranks that train together, all with the same experiment and patches.
  ///   - spareCores: cores of this rank that nothing computes on.
  /// - Throws: `InputError`: environment when there is too little memory; data for a patch that cannot be read.
  init(
    _ experiment: Experiment, splits: PatchSplits, digest: DataDigest? = nil, runner: NetworkRunner,
    folder: RunFolder?, communicator: any Communicator = OneProcess(), spareCores: Int = 0,
    progress: ProgressReporter
  ) throws {
    self.digest = try digest ?? DataDigest(splits, experiment)
    self.experiment = experiment
    self.splits = splits
    self.runner = runner
    self.folder = folder
    self.communicator = communicator
    self.spareCores = spareCores
    self.progress = progress
    shares = StepShares(
      experiment, samples: splits[.train].patches.count, rank: communicator.rank, ranks: communicator.size)
    logger = folder?.log.logger ?? .silent
    let optimizer = try Optimizer(
      experiment.optimizerRule(ranks: communicator.size), store: runner.store, pool: runner.pool)
    self.optimizer = optimizer
    writer = try folder.map {
      try RunWriter($0, optimizer, pool: runner.pool, inBackground: RunWriter.keepsCopy(experiment.memory))
    }
    state = TrainingState(
      objectives: runner.objectives.count, metrics: Self.noMetrics(experiment))
    clock = RunClock(
      epochs: experiment.training.epochs, trainingPatches: splits[.train].patches.count,
      validationPatches: splits[.validation].patches.count)
  }

  /// Takes up the run of the folder where it was left, or starts from the initial weights: on the first rank,
  /// whose state the others will get. Done by `run` where nobody has done it. No communication.
  /// - Throws: `InputError` (checkpoint) for a file that does not belong to the experiment.
  package func prepare() throws {
    isReady = true
    guard communicator.isFirst else { return }
    try resume()
    guard isNew else { return }
    runner.store.initialise(seed: experiment.training.seed)
    try initialWeights?.load(into: runner.store)
  }

  var isNew: Bool { state.globalStep == 0 && state.epoch == 0 }

  /// Trains until all epochs are done or some rank wants to stop.
  /// - Throws: `InputError`: numerics when a loss is not finite (good checkpoints stay); data for a file that
  ///   cannot be read; environment when something cannot be written. `AgreedError` for what all ranks know of.
  package func run() throws -> Outcome {
    if !isReady { try prepare() }
    try share()
    recallPace()
    if communicator.size > 1 {
      sums = try GradientSums(
        communicator, synchronisesBatchNorm: experiment.training.syncBatchNorm, spareCores: spareCores)
    }
    // What is being written is good, whatever ends the run.
    defer { writer?.wait() }
    if let folder { try holdingEarlyStop { try begin(in: folder) } }
    defer { endEarlyStop() }
    if let reason = try keepBest() { return try stop(reason) }
    while state.epoch < experiment.training.epochs {
      if let reason = try trainEpoch() { return try stop(reason) }
      try requireSameNetwork()
      switch try validate() {
      case .stopped(let reason): return try stop(reason)
      case .finished(let validation): try finishEpoch(validation)
      }
    }
    enter(.finishing)
    try writer?.finish()
    if let reason = try keepBest() { return try stop(reason) }
    try writer?.finish()
    sayFinished()
    communicator.barrier("the end of the run")
    return .finished
  }

  /// Trains what is left of an epoch. Returns the reason when some rank was told to stop.
  private func trainEpoch() throws -> StopReason? {
    let (begin, training) = (state.samples, experiment.training)
    let own = shares.own(from: begin)
    let stream = try BatchStream(
      splits[.train], in: splits.store,
      options: .init(
        experiment, splits, batchSize: shares.batchSize, augmentation: experiment.trainingAugmentation,
        shuffle: true),
      epoch: state.epoch, schedule: own)
    let total = splits[.train].patches.count
    progress.begin(
      "epoch \(state.epoch + 1)/\(training.epochs)", total: total, done: begin,
      rest: clock.rest(after: .training, ofEpoch: state.epoch))
    enter(.training)
    let before = (seconds: state.seconds, wait: state.waitSeconds, exchange: exchangeSeconds)
    let start = ContinuousClock.now
    pace.begin()
    do {
      for (whole, part) in zip(shares.steps(from: begin).batches, own.batches) {
        guard let batch = try stream.next() else { preconditionFailure("the stream has all of its batches") }
        endEarlyStop()
        sums?.prepare(
          samples: whole.count, before: part.positions.lowerBound - whole.positions.lowerBound)
        let reason = try step(batch)
        state.seconds = before.seconds + (ContinuousClock.now - start) / .seconds(1)
        state.waitSeconds = before.wait + stream.waitSeconds
        exchangeShare = (exchangeSeconds - before.exchange) / max(state.seconds - before.seconds, 1e-9)
        progress.update(done: state.samples, loss: state.loss, waited: stream.waitSeconds)
        if let reason {
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
    endEarlyStop()
    return nil
  }

  /// A step of all ranks. Returns the reason when one of them was told to stop.
  private func step(_ batch: Batch) throws -> StopReason? {
    let (losses, logits) = runner.train(batch, step: state.globalStep, updating: optimizer, reducing: sums)
    let own = BatchResult(indices: batch.indices, losses: losses, logits: logits)
    let wish = stopReason()
    let (results, reason) = timed { communicator.exchange(own, stopping: wish, "results of a step") }
    do {
      try add(results)
    } catch {
      // Every rank has the same results.
      throw communicator.agreed(error)
    }
    return reason
  }

  /// Adds a step to the figures of the epoch, rank by rank.
  private func add(_ results: [BatchResult]) throws {
    let patches = splits[.train]
    try results.requireFiniteLosses(in: "epoch \(state.epoch + 1), step \(state.step + 1)")
    for result in results {
      try state.trainingMetrics.add(
        probabilities: experiment.labels.type.probabilities(logits: result.logits, classes: patches.classes),
        truth: patches.targets(of: result.indices))
      for (index, loss) in result.losses.enumerated() {
        state.lossSums[index] += loss * Double(result.indices.count)
      }
    }
    state.samples += results.sampleCount
    state.step += 1
    state.globalStep += 1
  }

  func validate() throws -> Evaluation.Outcome {
    let setting = Evaluation.Setting(
      runner: runner, splits: splits, experiment: experiment, communicator: communicator, progress: progress)
    pace.begin()
    enter(.validating)
    return try Evaluation.run(
      setting, .validation, label: "validation \(state.epoch + 1)/\(experiment.training.epochs)",
      rest: clock.rest(after: .validation, ofEpoch: state.epoch), summary: false, stopReason: stopReason)
  }

  /// Seconds that steps have stood still for the exchange with other ranks, since the run was begun or resumed.
  private var exchangeSeconds: Double { (sums?.waitSeconds ?? 0) + resultSeconds }

  private func timed<Result>(_ body: () -> Result) -> Result {
    let start = ContinuousClock.now
    defer { resultSeconds += (ContinuousClock.now - start) / .seconds(1) }
    return body()
  }

  private func stop(_ reason: StopReason) throws -> Outcome {
    try save(reports())
    try writer?.finish()
    if communicator.isFirst { StopRequest.everythingIsSaved() }
    sayStopped(reason)
    communicator.barrier("the end of the run")
    StopRequest.everythingIsSaved()
    return .stopped(reason)
  }

  private func saveIfDue() throws {
    try writer?.check()
    guard let minutes = experiment.training.checkpointEveryMinutes else { return }
    if ContinuousClock.now - lastSave >= .seconds(60 * minutes) { try save() }
  }

  /// Saves the state of the run, and the reports after it.
  func save(isBest: Bool = false, _ reports: @autoclosure () throws -> RunReports? = nil) throws {
    guard let writer else { return }
    guard runner.store.isFinite else {
      throw InputError(
        .numerics, "epoch \(state.epoch + 1), step \(state.step)", "a parameter is no longer finite",
        remedy: "the last good checkpoint is kept; lower training.learning_rate")
    }
    try writer.save(checkpoint, isBest: isBest, try reports())
    lastSave = ContinuousClock.now
    pace.begin()
  }
}
