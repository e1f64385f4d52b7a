/// The results of a run's steps and epochs.
extension Trainer {
  /// Records an epoch: history, checkpoint, best checkpoint.
  func finishEpoch(_ validation: Evaluation) throws {
    // The validation is done: the run can stop after the next step.
    enter(isLastEpoch ? .finishing : .training)
    let epoch = state.epoch + 1
    let seconds = state.seconds + validation.seconds
    var record = EpochRecord(
      epoch: epoch, trainLoss: state.loss, validationLoss: validation.loss, learningRate: learningRate,
      pace: .init(
        seconds: seconds, imagesPerSecond: Double(state.samples) / max(state.seconds, 1e-9),
        dataWaitShare: state.waitSeconds / max(state.seconds, 1e-9)),
      validation: validation.metrics.byKey)
    record.peakDeviceBytes = try runner.device.memory()?.peak
    state.history.add(record)
    state.history.seconds += seconds
    state.history.trainingSeconds += state.seconds
    state.history.images += state.samples
    state.history.waitSeconds = state.history.waitSeconds.map { [wait = state.waitSeconds] in $0 + wait }
    let training = state.trainingMetrics.metrics
    let isBest = state.history.compare(
      record, training: training, validation: validation.metrics, shares: validation.shares)
    clock.measure(.training, patches: state.samples, seconds: state.seconds)
    clock.measure(.validation, patches: validation.metrics.samples, seconds: validation.seconds)
    let isDue = isBest || isLastEpoch || epoch % experiment.training.checkpointEveryEpochs == 0
    state.nextEpoch(metrics: Self.noMetrics(experiment))
    if isDue { try save(.epoch, isBest: isBest) }
    events.tell(
      .epoch(
        RunEpoch(
          record: record, training: training, validation: validation.metrics, isBest: isBest,
          exchangeShare: communicator.size > 1 ? exchangeShare : nil,
          secondsLeft: clock.secondsLeft(finished: epoch), standing: standing)))
  }

  private var isLastEpoch: Bool { state.epoch + 1 >= experiment.training.epochs }

  /// Gives the clock the times of the epochs that a resumed run has finished.
  func recallPace() {
    let history = state.history
    clock.measure(.training, patches: history.images, seconds: history.trainingSeconds)
    clock.measure(
      .validation, patches: state.epoch * clock.validationPatches,
      seconds: history.seconds - history.trainingSeconds)
  }

  /// Hands the event of a step to the outputs.
  /// - Parameters:
  ///   - results: the results of all ranks.
  ///   - waited: seconds for which this rank waited for its patches.
  func tellStep(_ results: [BatchResult], waited: Double) {
    events.tell(
      .step(
        RunStep(
          epoch: state.epoch + 1, step: state.step, globalStep: state.globalStep, patches: state.samples,
          loss: state.loss, batch: results.sampleCount, losses: results.meanLosses, waitSeconds: waited,
          learningRate: learningRate)))
  }

  /// How far the run has come.
  var standing: RunStanding { state.standing(of: experiment.training.epochs) }
}
