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
}
