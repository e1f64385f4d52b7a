/// What the trainer says to the user and writes into the log.
extension Trainer {
  /// A line for both.
  func say(_ line: String) {
    progress.message(line)
    logger.info("\(line)")
  }

  /// A warning for both, which is printed also when quiet.
  func warn(_ line: String) {
    progress.warning(line)
    logger.warning("\(line)")
  }

  /// What became of the best epoch, in words.
  var bestText: String {
    guard let best = state.history.best else { return "n/a" }
    let place = "\(NumberText.fixed(best.validation[.microF1], 4)) in epoch \(best.epoch)"
    return place + (state.history.bestComparedFrom.map { ", of epochs \($0) to \(state.epoch)" } ?? "")
  }
}
