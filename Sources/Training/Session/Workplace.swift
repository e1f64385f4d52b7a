import Basics
import Logging
import Presentation

/// The surroundings of a training: the other ranks, the progress for the user, and the log.
struct Workplace {
  /// Connects the ranks that train together.
  var communicator: any Communicator = OneProcess()
  let progress: ProgressReporter
  /// `train.log`; nil in a run without a folder, and on every rank but the first.
  var log: RunLog?

  var logger: Logger { log?.logger ?? .silent }

  /// Prints a line for the user, and writes it into the log.
  func say(_ line: String) {
    progress.message(line)
    logger.info("\(line)")
  }

  /// Writes a warning to both; the user sees it also with `--quiet`.
  func warn(_ line: String) {
    progress.warning(line)
    logger.warning("\(line)")
  }
}
