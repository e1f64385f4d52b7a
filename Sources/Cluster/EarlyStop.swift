import Basics
import Foundation
import Synchronization

/// Heeds a wish to stop while there is nothing to save: the process leaves with 75, whatever it waits for.
///
/// Until a result is there a process may wait long for files, for a launcher, for other ranks. So a thread of its own
/// looks for the wish. It ends all ranks: those that have no wish would wait for those that left.
package final class EarlyStop: Sendable {
  /// Seconds between a wish and the end; a run that takes its first step meanwhile stops in the usual way. Of several
  /// ranks the first leaves sooner, since it takes the others a second to hear of it, and the others leave later, so
  /// that one of them says why.
  private static func grace(_ ranks: Ranks?) -> Double {
    guard let ranks, ranks.size > 1 else { return 1.4 }
    return ranks.isFirst ? 0.3 : 1.5
  }
  /// Seconds between two looks.
  private static let period = 0.1

  private struct State: Sendable {
    var isOver = false
    var ranks: Ranks?
    var listener: @Sendable (String) -> Void = { _ in }
  }

  private let line: @Sendable (StopReason) -> String
  private let state = Mutex(State())
  private let over = DispatchSemaphore(value: 0)

  /// Begins to look, until `end`.
  /// - Parameter line: what is said when the process leaves.
  /// - Throws: `InputError` (environment) when the system refuses the thread.
  package init(_ line: @escaping @Sendable (StopReason) -> String) throws {
    self.line = line
    try WorkerThread("the thread that heeds signals") { [self] in watch() }.detach()
  }

  /// From now on all ranks leave together.
  package func join(_ ranks: Ranks) { state.withLock { $0.ranks = ranks } }

  /// Who is told the line before it goes to standard error. A listener that does not return holds nobody up.
  package func tell(_ listener: @escaping @Sendable (String) -> Void) {
    state.withLock { $0.listener = listener }
  }

  /// Runs what must not be cut off: writes of files.
  package func hold(_ body: () throws -> Void) rethrows { try state.withLock { _ in try body() } }

  /// From now on the caller heeds the wish. Does not return in a process that is leaving.
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
    // The log may lie on the file system that stands still.
    let deadline = Deadline(seconds: 0.5, status: ExitStatus.stopped, line: line)
    state.listener(line)
    deadline.cancel()
    ErrorLine.write(line)
    guard let others else { _exit(ExitStatus.stopped) }
    others.communicator.abort(status: ExitStatus.stopped)
  }
}
