import Logging

/// The output of a run in `train.log`: a line for each epoch, and lines for its start and its end.
struct LogLines: RunObserver {
  private let log: RunLog
  private let nextSteps: NextSteps?

  var name: String { "train.log" }
  var delivery: RunDelivery { .atOnce }

  init(_ log: RunLog, _ nextSteps: NextSteps?) { (self.log, self.nextSteps) = (log, nextSteps) }

  func observe(_ event: RunEvent) throws {
    let logger = log.logger
    switch event {
    case .started(let start):
      guard let resumption = start.resumption else {
        logger.info("\(start.beginning)")
        break
      }
      logger.info("\(start.continuation(resumption)) from \(resumption.checkpoint)")
      if let change = resumption.change { logger.warning("\(start.warning(of: change))") }
    case .epoch(let epoch): logger.info("\(epoch.sentence)")
    case .stopped(let stop):
      logger.info("\(stop.sentence)")
      if let nextSteps { logger.info("\(nextSteps.resuming)") }
    case .finished(let end):
      logger.info("\(end.sentence)")
      for line in end.shares { logger.info("\(line)") }
      if let test = nextSteps?.test { logger.info("next: \(test)") }
    case .step, .evaluation, .checkpoint: break
    }
    try log.requireWritten()
  }
}
