import Cluster

/// The best epoch and its checkpoint.
extension Trainer {
  /// Makes sure that the best checkpoint holds the best epoch. Every rank calls this between two steps.
  ///
  /// If the checkpoint is lost and the network has been trained further since, the best epoch is chosen anew. The
  /// choice is among the epochs to come and, if the newest epoch has just ended, that epoch, which is validated now.
  /// - Returns: the reason to stop, when a rank was told to stop meanwhile.
  /// - Throws: the errors of `run`.
  func keepBest() throws -> StopReason? {
    if let best = state.history.best, let loss = try lossOfBest(best.epoch) {
      if best.epoch == state.epoch && state.isBetweenEpochs {
        place.say("\(loss); it is made again, for the run stands at its best epoch")
        try saveAsBest()
      } else {
        state.forgetBest()
        place.warn(
          "\(loss); the best epoch is chosen anew, from epoch \(state.history.bestComparedFrom ?? 1) on")
      }
    }
    guard state.isBetweenEpochs, state.history.best == nil, state.history.bestComparedFrom == state.epoch
    else {
      return nil
    }
    switch try validate() {
    case .stopped(let reason): return reason
    case .finished(let validation):
      let record = state.history.epochs.last { $0.epoch == state.epoch }
      state.history.best = .init(
        epoch: state.epoch, trainLoss: record?.trainLoss ?? .nan, validationLoss: validation.loss,
        validation: validation.metrics)
      try save(.best, isBest: true)
      return nil
    }
  }

  /// Checks on the first rank that the best checkpoint holds the best epoch; all ranks get its answer.
  /// - Returns: one line that says what is wrong with the file; nil when it holds that epoch.
  private func lossOfBest(_ epoch: Int) throws -> String? {
    let own = try folder?.checkpoints.lossOfBest(epoch: epoch, finished: state.epoch) ?? ""
    let loss = communicator.broadcast(Array(own.utf8), "the best checkpoint")
    return loss.isEmpty ? nil : String(decoding: loss, as: UTF8.self)
  }

  /// Makes the best checkpoint of a run whose newest epoch is its best: from the last checkpoint, if that is sound.
  private func saveAsBest() throws {
    guard let folder else { return }
    if folder.checkpoints.isLastSound {
      try folder.checkpoints.markLastAsBest()
    } else {
      try save(.best, isBest: true)
    }
  }
}
