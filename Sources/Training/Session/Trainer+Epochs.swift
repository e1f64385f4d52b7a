/// What the steps and epochs of a run come to.
extension Trainer {
  /// Records an epoch: history, checkpoint, best checkpoint.
  func finishEpoch(_ validation: Evaluation) throws {
    // The validation is done: a wish to stop is heeded after the next step.
    enter(isLastEpoch ? .finishing : .training)
    let epoch = state.epoch + 1
    let seconds = state.seconds + validation.seconds
    let record = EpochRecord(
      epoch: epoch, trainLoss: state.loss, validationLoss: validation.loss, learningRate: learningRate,
      pace: .init(
        seconds: seconds, imagesPerSecond: Double(state.samples) / max(state.seconds, 1e-9),
        dataWaitShare: state.waitSeconds / max(state.seconds, 1e-9)),
      validation: validation.metrics.byKey)
    state.history.add(record)
    state.history.seconds += seconds
    state.history.trainingSeconds += state.seconds
    state.history.images += state.samples
    state.history.waitSeconds = state.history.waitSeconds.map { [wait = state.waitSeconds] in $0 + wait }
    let training = state.trainingMetrics.metrics
    let isBest = state.history.compare(record, training: training, validation: validation.metrics)
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

  /// A run that goes on begins with the pace of its finished epochs.
  func recallPace() {
    let history = state.history
    clock.measure(.training, patches: history.images, seconds: history.trainingSeconds)
    clock.measure(
      .validation, patches: state.epoch * clock.validationPatches,
      seconds: history.seconds - history.trainingSeconds)
  }

  /// Tells of a step.
  /// - Parameter losses: means over its samples, one for each objective.
  func tellStep(_ losses: [Double]) {
    events.tell(
      .step(
        RunStep(
          epoch: state.epoch + 1, step: state.step, globalStep: state.globalStep, patches: state.samples,
          loss: state.loss, losses: losses, learningRate: experiment.learningRate(ranks: communicator.size))))
  }

  /// Where the run stands now.
  var standing: RunStanding { state.standing(of: experiment.training.epochs) }
}
