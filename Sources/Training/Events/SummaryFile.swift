import Basics
import Synchronization

/// `summary.json`: the description of the run and its results so far.
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
      // The event of the epoch writes the summary; within an epoch the summary stays the same.
      case .epoch, .interval: break
      }
    case .step, .evaluation, .stopped, .finished: break
    }
  }

  /// Replaces the file, but keeps the results that `test` has added and the notes of earlier parts of the run.
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

  /// The summary in the folder; nil where it is absent or damaged, and is replaced.
  /// - Throws: `InputError` (environment) when it cannot be read: it may hold tests.
  private func present() throws -> RunSummary? {
    do {
      return try RunSummary(contentsOf: path)
    } catch let error as InputError where error.kind == .data {
      return nil
    }
  }
}
