/// What the trainer says to the user and writes into the log.
extension Trainer {
  /// A line for both.
  func say(_ line: String) {
    progress.message(line)
    logger.info("\(line)")
  }

  /// A line with a command, for both.
  func sayCommand(_ line: String) {
    progress.command(line)
    logger.info("\(line)")
  }

  /// A warning for both, which is printed also when quiet.
  func warn(_ line: String) {
    progress.warning(line)
    logger.warning("\(line)")
  }

  /// A finished epoch: a row of the table for the user, a sentence for the log.
  func tell(_ line: EpochLine) {
    progress.message { epochTable.next(line, $0) }
    logger.info("\(line.sentence)")
  }

  /// A run that goes on begins with the pace of its finished epochs.
  func recallPace() {
    let history = state.history
    clock.measure(.training, patches: history.images, seconds: history.trainingSeconds)
    clock.measure(
      .validation, patches: state.epoch * clock.validationPatches,
      seconds: history.seconds - history.trainingSeconds)
  }
}
