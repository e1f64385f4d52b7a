/// The end of an epoch.
extension Trainer {
  /// Records an epoch: history, checkpoint, best checkpoint, reports.
  func finishEpoch(_ validation: Evaluation) throws {
    // The validation is done: a wish to stop is heeded after the next step.
    enter(isLastEpoch ? .finishing : .training)
    let epoch = state.epoch + 1
    let seconds = state.seconds + validation.seconds
    let row = MetricsTable.Row(
      epoch: epoch, trainLoss: state.loss, validationLoss: validation.loss, seconds: seconds,
      imagesPerSecond: Double(state.samples) / max(state.seconds, 1e-9),
      dataWaitShare: state.waitSeconds / max(state.seconds, 1e-9),
      learningRate: learningRate, validation: validation.metrics)
    var table = try metricsTable()
    table.record(row)
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
    clock.measure(.training, patches: state.samples, seconds: state.seconds)
    clock.measure(.validation, patches: validation.metrics.samples, seconds: validation.seconds)
    let line = EpochLine(
      row: row, epochs: experiment.training.epochs, isBest: isBest,
      exchangeShare: communicator.size > 1 ? exchangeShare : nil,
      secondsLeft: clock.secondsLeft(finished: epoch))
    let isDue = isBest || isLastEpoch || epoch % experiment.training.checkpointEveryEpochs == 0
    state.nextEpoch(metrics: Self.noMetrics(experiment))
    if isDue { try save(isBest: isBest, reports()) } else { try writer?.write(reports()) }
    tell(line)
  }

  private var isLastEpoch: Bool { state.epoch + 1 >= experiment.training.epochs }
}
