import Basics
import Logging
import Presentation

/// Whom a training works with: the other ranks, the user, the log.
struct Workplace {
  /// Of the ranks that train together.
  var communicator: any Communicator = OneProcess()
  let progress: ProgressReporter
  /// `train.log`; nil in a run without a folder, and on every rank but the first.
  var log: RunLog?

  var logger: Logger { log?.logger ?? .silent }

  /// Says a line to the user, and writes it into the log.
  func say(_ line: String) {
    progress.message(line)
    logger.info("\(line)")
  }

  /// Warns of something in both, the user also when quiet.
  func warn(_ line: String) {
    progress.warning(line)
    logger.warning("\(line)")
  }
}
