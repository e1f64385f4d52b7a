/// The validation after an epoch.
extension Trainer {
  /// Evaluates the validation patches and tells the outputs; a run with a folder also tells what the network says of each
  /// patch.
  /// - Throws: see `Evaluation.run`.
  func validate() throws -> Evaluation.Outcome {
    let setting = Evaluation.Setting(
      runner: runner, splits: splits, experiment: experiment, communicator: communicator, progress: progress)
    pace.begin()
    enter(.validating)
    var rows = folder.map { _ in PredictionRows() }
    let outcome = try Evaluation.run(
      setting, .validation, label: "validation \(state.epoch + 1)/\(experiment.training.epochs)",
      rest: clock.rest(after: .validation, ofEpoch: state.epoch), summary: false, stopReason: stopReason,
      each: { rows?.add($0, $1, $2) })
    tellNotes()
    if case .finished(let evaluation) = outcome {
      let epoch = state.isBetweenEpochs ? state.epoch : state.epoch + 1
      events.tell(
        .evaluation(
          RunEvaluation(
            evaluation, of: .validation, epoch: epoch,
            predictions: rows?.table(experiment, splits.catalogue))))
    }
    return outcome
  }
}
