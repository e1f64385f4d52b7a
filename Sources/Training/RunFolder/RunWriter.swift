import Basics
import Checkpoints
import Cluster
import Networks
import Synchronization

/// Writes the checkpoints of a run while training goes on.
///
/// A checkpoint is copied into memory of its own, which takes a few hundredths of a second, and written from
/// there by a thread. That tells of it then, and of what has waited for it. One is written at a time: the next waits
/// for it. An error is thrown at the next call.
final class RunWriter {
  private let folder: RunFolder
  private let events: RunEvents
  private let numbers: any NetworkState
  /// Whether training goes on while a file is written.
  private let inBackground: Bool
  private let outcome = Outcome()
  private var thread: WorkerThread?

  /// What the writing thread leaves.
  private final class Outcome: Sendable {
    private let state = Mutex((failure: (any Error)?.none, longest: 0.0))

    func record(_ work: () throws -> Void) {
      let start = ContinuousClock.now
      do { try work() } catch { state.withLock { $0.failure = error } }
      let seconds = (ContinuousClock.now - start) / .seconds(1)
      state.withLock { $0.longest = max($0.longest, seconds) }
    }

    func throwFailure() throws {
      let failure = state.withLock { state in
        defer { state.failure = nil }
        return state.failure
      }
      if let failure { throw failure }
    }

    var longest: Double { state.withLock(\.longest) }
  }

  /// Whether a training in this mode has memory for the copy.
  static func keepsCopy(_ memory: MemoryMode) -> Bool { memory != .low }

  /// - Parameters:
  ///   - numbers: what is saved.
  ///   - events: wait while a checkpoint is being written.
  ///   - inBackground: whether to write while training goes on, which takes a state whose snapshots are copies.
  init(_ folder: RunFolder, _ numbers: any NetworkState, events: RunEvents, inBackground: Bool) {
    (self.folder, self.events) = (folder, events)
    (self.numbers, self.inBackground) = (numbers, inBackground)
  }

  /// Saves a checkpoint, names it the best if it is, and tells of it.
  /// - Parameters:
  ///   - checkpoint: the state of the run with the numbers that it is given.
  ///   - news: what is told of it.
  /// - Throws: `InputError` (environment) naming path and reason, of this or the checkpoint before.
  func save(_ checkpoint: (any NetworkNumbers) throws -> Checkpoint<TensorSource>, _ news: RunCheckpoint)
    throws
  {
    try finish()
    let work = Work(checkpoint: try checkpoint(numbers.snapshot()), left: .now, news: news)
    events.hold()
    if !inBackground {
      outcome.record { try work.write(to: folder, events) }
      return try outcome.throwFailure()
    }
    let place = Place(folder: folder)
    do {
      thread = try WorkerThread("the writing of checkpoints") { [outcome, events] in
        outcome.record { try work.write(to: place.folder, events) }
      }
    } catch {
      events.drop()
      throw error
    }
  }

  /// Throws what went wrong in a write that has ended.
  func check() throws { try outcome.throwFailure() }

  /// Waits until everything is written.
  /// - Throws: what went wrong.
  func finish() throws {
    wait()
    try check()
  }

  /// Waits for the thread.
  func wait() {
    thread?.join()
    thread = nil
  }

  /// Seconds that the longest write took, 0 before the first.
  var longestWrite: Double { outcome.longest }
}

/// What is written at one moment. Its tensors are those of a snapshot, which nobody changes meanwhile.
private struct Work: @unchecked Sendable {
  let checkpoint: Checkpoint<TensorSource>
  /// When training left the state that is written.
  let left: ContinuousClock.Instant
  let news: RunCheckpoint

  func write(to folder: RunFolder, _ events: RunEvents) throws {
    let start = ContinuousClock.now
    do {
      try folder.checkpoints.save(checkpoint)
      StopRequest.checkpointIsKept(secondsAgo: (.now - left) / .seconds(1))
      if news.isBest { try folder.checkpoints.markLastAsBest() }
    } catch {
      events.drop()
      throw error
    }
    var news = news
    news.seconds = (.now - start) / .seconds(1)
    events.release(news)
  }
}

/// The folder while the thread has it: the training waits for the thread before it uses it again.
private struct Place: @unchecked Sendable {
  let folder: RunFolder
}
