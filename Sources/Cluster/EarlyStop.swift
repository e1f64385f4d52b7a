import Basics
import Foundation
import Synchronization

/// Ends the process with 75 on a wish to stop while there is nothing to save, whatever the process waits for.
///
/// Before its first result a process may wait long for files, for a launcher or for other ranks. So a separate thread
/// looks for the wish. It ends all ranks, because a rank that stays would wait for the ranks that left.
package final class EarlyStop: Sendable {
  /// Seconds between a wish and the end. A run that takes its first step meanwhile stops in the usual way. The first of
  /// several ranks leaves sooner than the others, so that only the first prints the reason. The others learn of the end
  /// within a second.
  private static func grace(_ ranks: Ranks?) -> Double {
    guard let ranks, ranks.size > 1 else { return 1.4 }
    return ranks.isFirst ? 0.3 : 1.5
  }
  /// Seconds between two looks for the wish.
  private static let period = 0.1

  private struct State: Sendable {
    var isOver = false
    var ranks: Ranks?
    var listener: @Sendable (String) -> Void = { _ in }
  }

  private let line: @Sendable (StopReason) -> String
  private let state = Mutex(State())
  private let over = DispatchSemaphore(value: 0)

  /// Looks for the wish until `end` is called.
  /// - Parameter line: makes the line that is printed when the process leaves.
  /// - Throws: `InputError` (environment) when the system refuses the thread.
  package init(_ line: @escaping @Sendable (StopReason) -> String) throws {
    self.line = line
    try WorkerThread("the thread that watches for signals") { [self] in watch() }.detach()
  }

  /// Makes all ranks leave together from now on.
  package func join(_ ranks: Ranks) { state.withLock { $0.ranks = ranks } }

  /// Sets a listener that gets the line before standard error does. The process leaves even if the listener hangs.
  package func tell(_ listener: @escaping @Sendable (String) -> Void) {
    state.withLock { $0.listener = listener }
  }

  /// Runs work that must not be cut off, such as writing a file.
  package func hold(_ body: () throws -> Void) rethrows { try state.withLock { _ in try body() } }

  /// Stops looking: the caller looks for the wish from now on. Does not return in a process that is leaving.
  package func end() {
    state.withLock { $0.isOver = true }
    over.signal()
  }

  private func watch() {
    var waited = 0.0
    while over.wait(timeout: .now() + Self.period) == .timedOut {
      guard let reason = StopRequest.reason else { continue }
      waited += Self.period
      state.withLock { state in
        if !state.isOver, waited >= Self.grace(state.ranks) { leave(reason, state) }
      }
    }
  }

  private func leave(_ reason: StopReason, _ state: State) -> Never {
    let others = state.ranks.flatMap { $0.size > 1 ? $0 : nil }
    let line = (others.map { $0.isFirst ? "" : "\($0.name($0.rank)): " } ?? "") + self.line(reason)
    // The log may lie on the file system that hangs.
    let deadline = Deadline(seconds: 0.5, status: ExitStatus.stopped, line: line)
    state.listener(line)
    deadline.cancel()
    ErrorLine.write(line)
    guard let others else { _exit(ExitStatus.stopped) }
    others.communicator.abort(status: ExitStatus.stopped)
  }
}
