import Foundation

/// Ends the process when a call does not return in time.
final class Deadline: Sendable {
  private let done = DispatchSemaphore(value: 0)

  /// Ends the process after `seconds` seconds, unless it is cancelled before.
  /// - Parameter line: the line that is printed before the end; nil for none.
  init(seconds: Double, status: Int32, line: String?) {
    let done = done
    Thread.detachNewThread {
      guard done.wait(timeout: .now() + seconds) == .timedOut else { return }
      if let line { ErrorLine.write(line) }
      _exit(status)
    }
  }

  func cancel() { done.signal() }

  /// Runs a call that must return within `seconds`.
  static func run<Result>(
    _ name: String, seconds: Double, status: Int32 = ExitStatus.rankLost, _ body: () -> Result
  ) -> Result {
    let deadline = Deadline(
      seconds: seconds, status: status,
      line: "on \(HostName.current): \(name) has not returned for \(Int(seconds)) s; another rank may be lost"
    )
    defer { deadline.cancel() }
    return body()
  }
}
