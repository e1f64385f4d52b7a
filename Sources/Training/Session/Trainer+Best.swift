import Cluster

/// The best epoch and its checkpoint.
extension Trainer {
  /// Sees to it that the best checkpoint is that of the best epoch; every rank calls it between two steps.
  ///
  /// Where the checkpoint is lost and the network is another by now, the best epoch is chosen anew: from those to
  /// come and, if it has just ended, the newest, which is validated for that.
  /// - Returns: the reason when some rank was told to stop meanwhile.
  /// - Throws: as `run`.
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

  /// The run stands at its best epoch: its last checkpoint, if it is good, is the best one too.
  private func saveAsBest() throws {
    guard let folder else { return }
    if folder.checkpoints.isLastSound {
      try folder.checkpoints.markLastAsBest()
    } else {
      try save(.best, isBest: true)
    }
  }
}
