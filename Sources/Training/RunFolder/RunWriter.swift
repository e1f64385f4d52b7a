import Basics
import Checkpoints
import Cluster
import Networks
import Synchronization

/// Writes the checkpoints of a run while training goes on.
///
/// A checkpoint is first copied into memory of its own, which takes a few hundredths of a second. A thread writes the
/// copy, and then hands on the events that have waited for it. One checkpoint is written at a time: the next waits.
/// An error in writing is thrown by the next call.
final class RunWriter {
  private let folder: RunFolder
  private let events: RunEvents
  private let numbers: any NetworkState
  /// Whether training goes on while a file is written.
  private let inBackground: Bool
  private let outcome = Outcome()
  private var thread: WorkerThread?

  /// The results of the writing thread: its error, and the time of its longest write.
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

  /// - Parameters:
  ///   - numbers: the parameters, statistics and optimizer state that are saved.
  ///   - events: the events of the run; those for files wait while a checkpoint is being written.
  ///   - inBackground: whether to write while training goes on. Snapshots of `numbers` must then be copies.
  init(_ folder: RunFolder, _ numbers: any NetworkState, events: RunEvents, inBackground: Bool) {
    (self.folder, self.events) = (folder, events)
    (self.numbers, self.inBackground) = (numbers, inBackground)
  }

  /// Saves a checkpoint, marks it as the best where `news` says so, and hands on its event.
  /// - Parameters:
  ///   - checkpoint: makes the checkpoint from a snapshot of the numbers.
  ///   - news: the event of the checkpoint.
  /// - Throws: `InputError` (environment) that names path and reason, for this checkpoint or the previous one.
  func save(_ checkpoint: (any NetworkNumbers) throws -> Checkpoint<TensorSource>, _ news: RunCheckpoint)
    throws
  {
    try finish()
    let work = Work(checkpoint: try checkpoint(try numbers.snapshot()), left: .now, news: news)
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

  /// Throws the error of a write that has ended.
  func check() throws { try outcome.throwFailure() }

  /// Waits until everything is written.
  /// - Throws: the error of the last write.
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

/// A checkpoint to be written, and its event. Its tensors belong to a snapshot, which does not change meanwhile.
private struct Work: @unchecked Sendable {
  let checkpoint: Checkpoint<TensorSource>
  /// When training took the snapshot that is written.
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
    if news.isBest { news.weights = try? WeightsDigest(checkpoint).value }
    news.seconds = (.now - start) / .seconds(1)
    events.release(news)
  }
}

/// The folder while the writing thread uses it. The training waits for the thread before it uses the folder again.
private struct Place: @unchecked Sendable {
  let folder: RunFolder
}
