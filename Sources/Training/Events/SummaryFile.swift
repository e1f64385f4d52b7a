import Basics
import Synchronization

/// `summary.json`: what the run is, and what it has come to.
final class SummaryFile: RunObserver {
  let path: String
  private let files: FileSystem
  private let start = Mutex(RunStart?.none)

  var name: String { "summary.json" }
  var delivery: RunDelivery { .onceSaved }

  init(path: String, files: FileSystem) { (self.path, self.files) = (path, files) }

  func observe(_ event: RunEvent) throws {
    switch event {
    case .started(let start):
      self.start.withLock { $0 = start }
      try write(start.standing)
    case .epoch(let epoch): try write(epoch.standing)
    case .checkpoint(let checkpoint):
      switch checkpoint.occasion {
      case .stop, .best: try write(checkpoint.standing)
      // The summary follows with the event of the epoch, or says the same as before.
      case .epoch, .interval: break
      }
    case .step, .evaluation, .stopped, .finished: break
    }
  }

  /// Replaces the file, but for what `test` has added and what earlier parts of the run have noted.
  private func write(_ standing: RunStanding) throws {
    guard let start = start.withLock({ $0 }) else {
      preconditionFailure("a run tells of its progress before it has started")
    }
    var summary = RunSummary(start, standing)
    if let present = try present() {
      summary.tests = present.tests
      summary.run = summary.run?.continuing(present.run)
    }
    try summary.write(to: path, files: files)
  }

  /// The summary in the folder; nil where there is none, or a damaged one, which is replaced.
  /// - Throws: `InputError` (environment) when it cannot be read: it may hold tests.
  private func present() throws -> RunSummary? {
    do {
      return try RunSummary(contentsOf: path)
    } catch let error as InputError where error.kind == .data {
      return nil
    }
  }
}
