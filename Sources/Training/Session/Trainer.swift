import Basics
import Cluster
import Experiments
import Foundation
import Imagery
import Logging
import Networks
import Packs
import Presentation

/// Trains a network in epochs, each followed by a validation. Checkpoints keep everything that a run needs to end with
/// the same numbers after an interruption as without one.
public final class Trainer {
  /// How a training ends that throws no error.
  public enum Outcome: Sendable, Equatable {
    case finished
    /// Stopped for this reason with everything saved.
    case stopped(StopReason)
  }

  let experiment: Experiment
  let splits: PatchSplits
  /// Digest of the data, for checkpoints.
  let digest: DataDigest
  let runner: NetworkRunner
  let place: Workplace
  let shares: StepShares
  /// Where shards of a pack are copied; nil to copy none.
  let stage: StageSettings?
  /// The run folder on the first rank, which alone writes; nil on the others.
  let folder: RunFolder?
  let events: RunEvents
  var state: TrainingState
  /// Folders, command line and machine; nil in a run without a folder.
  var identity: RunIdentity?
  /// How the run goes on; nil for a new run.
  var resumption: RunStart.Resumption?
  var stops: StopSources
  /// Writes the checkpoints, on the first rank; nil on the others.
  let writer: RunWriter?
  var pace = StepPace()
  /// Predicts the time that is left from the pace so far.
  var clock: RunClock
  private var lastSave = ContinuousClock.now
  /// The steps whose results are still to come, at most two: the samples of each, and the seconds that the run waited
  /// for them.
  private var pending: [(indices: [Int], waitSeconds: Double)] = []
  /// Seconds that the run has waited so far for the results of other ranks' steps.
  private var resultSeconds = 0.0
  /// Number of notes of the device that the user has seen.
  var toldNotes = 0
  /// Share of the time of the last epoch that went to the exchange with other ranks.
  var exchangeShare = 0.0

  var communicator: any Communicator { place.communicator }
  var progress: ProgressReporter { place.progress }

  /// Starts a run or takes it up where it was left, on the first rank only: `run` gives its state to the others. Does
  /// not communicate.
  /// - Parameters:
  ///   - task: network and data, the same on every rank.
  ///   - origin: weights or checkpoint to start from; only the first rank's counts.
  ///   - folder: the locked run folder; nil on every rank but the first.
  /// - Throws: `InputError`: environment when there is too little memory; checkpoint for a file that does not belong to
  ///   the experiment.
  init(
    _ task: TrainingTask, from origin: TrainingOrigin = .init(), in folder: RunFolder?, at place: Workplace,
    stops: StopSources = .init(), reporting: RunReporting = .init()
  ) throws {
    (experiment, splits, digest, runner) = (task.experiment, task.splits, task.digest, task.runner)
    stage = task.stage
    (self.folder, self.place, self.stops, identity) = (folder, place, stops, reporting.identity)
    let communicator = place.communicator
    shares = StepShares(
      experiment, samples: splits[.train].patches.count, rank: communicator.rank, ranks: communicator.size)
    let events = reporting.events(in: folder, at: place)
    self.events = events
    writer = folder.map { [runner] in
      RunWriter($0, runner.state, events: events, inBackground: runner.executor.plan.copiesSnapshots)
    }
    state = TrainingState(
      objectives: runner.objectives.count, metrics: Self.noMetrics(experiment))
    clock = RunClock(
      epochs: experiment.training.epochs, trainingPatches: splits[.train].patches.count,
      validationPatches: splits[.validation].patches.count)
    guard communicator.isFirst else { return }
    if let checkpoint = origin.checkpoint { try resume(checkpoint, origin) }
    guard isNew else { return }
    try runner.state.initialise(seed: experiment.training.seed)
    try origin.weights?.load(into: runner.state)
  }

  /// The learning rate of the steps, scaled by the number of ranks where the experiment asks for it.
  var learningRate: Double { experiment.learningRate(ranks: communicator.size) }

  var isNew: Bool { state.globalStep == 0 && state.epoch == 0 }

  /// Trains until all epochs are done or some rank wants to stop.
  /// - Throws: `InputError`: numerics when a loss is not finite (good checkpoints stay); data for a file that
  ///   cannot be read; environment when a checkpoint cannot be written. `AgreedError` for an error that all ranks have.
  package func run() throws -> Outcome {
    try share()
    recallPace()
    let staging = beginStaging()
    defer { staging?.finish() }
    // A checkpoint that is being written is sound, so it is finished whatever ends the run.
    defer { writer?.wait() }
    try holdingEarlyStop(begin)
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
    events.tell(.finished(RunEnd(bestCheckpoint: folder?.checkpoints.bestPath, standing: standing)))
    communicator.barrier("the end of the run")
    return .finished
  }

  /// Trains the rest of an epoch. Returns the reason when a rank was told to stop.
  private func trainEpoch() throws -> StopReason? {
    let (begin, training) = (state.samples, experiment.training)
    let own = shares.own(from: begin)
    let stream = try BatchStream(
      splits[.train], in: splits.store,
      options: .init(
        experiment, splits, batchSize: shares.batchSize, augmentation: experiment.trainingAugmentation,
        form: runner.batchForm, shuffle: true),
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
        let waited = stream.waitSeconds
        guard let batch = try stream.next() else { preconditionFailure("the stream has all of its batches") }
        endEarlyStop()
        let ending = try step(
          batch,
          StepNumbers(
            state.globalStep + pending.count, learningRate: Float(learningRate), samples: whole.count,
            before: part.positions.lowerBound - whole.positions.lowerBound),
          waited: stream.waitSeconds - waited)
        state.seconds = before.seconds + (ContinuousClock.now - start) / .seconds(1)
        exchangeShare = (exchangeSeconds - before.exchange) / max(state.seconds - before.seconds, 1e-9)
        progress.update(done: state.samples, loss: state.loss, waited: state.waitSeconds - before.wait)
        if let reason = ending.stopping {
          progress.clear()
          return reason
        }
        try writer?.check()
        if ending.saves { try save(.interval) }
      }
      try settle()
    } catch {
      progress.clear()
      throw error
    }
    progress.clear()
    endEarlyStop()
    return nil
  }

  /// What all ranks do after a step.
  private struct Ending {
    /// The reason to stop, when a rank was told to stop.
    var stopping: StopReason?
    /// Whether a checkpoint is due.
    var saves = false
  }

  /// Runs a step on all ranks. If the run stops or saves after the step, the results of all steps are complete.
  /// - Parameter waited: seconds that the run waited for the batch.
  private func step(_ batch: Batch, _ numbers: StepNumbers, waited: Double) throws -> Ending {
    pending.append((batch.indices, waited))
    let result = try runner.train(batch, numbers)
    tellNotes()
    let (wish, isDue) = (stopReason(), isSaveDue)
    // A device may return results one step late, on all ranks alike. Without a result there is nothing to exchange.
    guard let result else { return Ending() }
    let ending = try take(result, stopping: wish, saving: isDue)
    if ending.stopping != nil || ending.saves { try settle() }
    return ending
  }

  /// Waits for the results of all steps. Called before the parameters are read or saved.
  private func settle() throws {
    if let result = try runner.finish() { _ = try take(result, stopping: nil, saving: false) }
  }

  /// Exchanges the result of the oldest pending step among the ranks.
  private func take(_ result: NetworkRunner.Result, stopping wish: StopReason?, saving isDue: Bool) throws
    -> Ending
  {
    let (indices, waited) = pending.removeFirst()
    // A device that computed meanwhile lost no time.
    let lost = min(waited, result.idleSeconds ?? waited)
    state.waitSeconds += lost
    let own = BatchResult(indices: indices, result)
    let all = timed { communicator.exchange(own, stopping: wish, saving: isDue, "results of a step") }
    do {
      try add(all.results, waited: lost)
    } catch {
      // Every rank has the same results.
      throw communicator.agreed(error)
    }
    return Ending(stopping: all.stopping, saves: all.saving)
  }

  /// Adds a step to the figures of the epoch, rank by rank.
  /// - Parameter waited: seconds for which this rank waited for its patches.
  private func add(_ results: [BatchResult], waited: Double) throws {
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
    tellStep(results, waited: waited)
  }

  /// Seconds that steps have waited for the exchange with other ranks, since the run was started or resumed.
  private var exchangeSeconds: Double { runner.executor.exchangeSeconds + resultSeconds }

  private func timed<Result>(_ body: () -> Result) -> Result {
    let start = ContinuousClock.now
    defer { resultSeconds += (ContinuousClock.now - start) / .seconds(1) }
    return body()
  }

  private func stop(_ reason: StopReason) throws -> Outcome {
    try save(.stop)
    try writer?.finish()
    if communicator.isFirst { StopRequest.everythingIsSaved() }
    events.tell(.stopped(RunStop(reason: reason, standing: standing)))
    communicator.barrier("the end of the run")
    StopRequest.everythingIsSaved()
    return .stopped(reason)
  }

  /// Whether the time between two checkpoints within an epoch has passed; always false on ranks that write none.
  private var isSaveDue: Bool {
    guard writer != nil, let minutes = experiment.training.checkpointEveryMinutes else { return false }
    return ContinuousClock.now - lastSave >= .seconds(60 * minutes)
  }

  /// Saves the state of the run. The event of the checkpoint follows when the file is on disk.
  func save(_ occasion: RunCheckpoint.Occasion, isBest: Bool = false) throws {
    guard let writer, let folder else { return }
    guard try runner.state.isFinite else {
      throw InputError(
        .numerics, "epoch \(state.epoch + 1), step \(state.step)", "a parameter is no longer finite",
        remedy: "the last good checkpoint is kept; lower training.learning_rate")
    }
    try writer.save(
      checkpoint,
      RunCheckpoint(
        path: folder.checkpoints.lastPath, occasion: occasion, isBest: isBest, standing: standing))
    lastSave = ContinuousClock.now
    pace.begin()
  }
}
