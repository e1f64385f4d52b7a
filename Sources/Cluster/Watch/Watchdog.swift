import Foundation
import Synchronization

/// The messages between the watchdogs of the ranks. One thread uses the line, and no call waits.
protocol WatchdogLine: AnyObject {
  /// Signs of life from the rank before this one since the last call.
  func received() -> [[SignOfLife]]
  /// Whether the rank before this one has said that no more signs will come.
  var saidGoodbye: Bool { get }
  /// Sends signs to the next rank, unless the previous message is still under way.
  func tell(_ signs: [SignOfLife])
  /// Tells the next rank that no more signs will come.
  /// - Returns: whether both neighbours in the ring are done.
  func close() -> Bool
  /// The exit status with which another rank wants to end all ranks; nil if none does.
  func endingStatus() -> Int32?
  /// Ends this process together with the rank that wants to end all ranks.
  func followEnding(_ status: Int32) -> Never
  /// Ends all ranks. Ranks that have not left after `patience` seconds are ended by force.
  func end(_ status: Int32, patience: Double) -> Never
}

/// A thread that ends all ranks when one of them is dead, stopped or stuck.
///
/// It sends signs of life for its own rank, also while that rank computes for minutes, and receives the signs of the
/// rank before it. The thread looks once a second at most, which costs too little to be measured.
final class Watchdog: Sendable {
  private struct Orders: Sendable {
    var timeouts = Timeouts()
    var clocks: [CollectiveClock] = []
    var ending: Int32?
    var isClosing = false
  }

  private let orders = Mutex(Orders())
  private let news = DispatchSemaphore(value: 0)
  private let closed = DispatchSemaphore(value: 0)
  private let rank: Int
  private let hosts: [String]

  /// - Parameter line: nil where only one thread may communicate. Silent ranks are then not noticed, and stuck calls
  ///   are ended by force.
  init(
    rank: Int, hosts: [String], line: sending (any WatchdogLine)?, force: @escaping @Sendable (Int32) -> Never
  ) {
    self.rank = rank
    self.hosts = hosts
    let line = Handed(line)
    Thread.detachNewThread { [self] in watch(line.value, force) }
  }

  /// Watches the calls of one more thread.
  func watch(_ clock: CollectiveClock) { orders.withLock { $0.clocks.append(clock) } }

  func set(_ timeouts: Timeouts) {
    orders.withLock { $0.timeouts = timeouts }
    news.signal()
  }

  /// Ends all ranks.
  func end(_ status: Int32) -> Never {
    orders.withLock { $0.ending = $0.ending ?? status }
    news.signal()
    // The watchdog ends the process long before this.
    while sleep(30) > 0 {}
    _exit(status)
  }

  /// Stops watching. All ranks call it at the same place, and afterwards no other thread communicates.
  func close() {
    orders.withLock { $0.isClosing = true }
    news.signal()
    closed.wait()
  }

  private func watch(_ line: (any WatchdogLine)?, _ force: (Int32) -> Never) {
    var vigil = Vigil(rank: rank, size: hosts.count, timeouts: Timeouts(), now: MonotonicTime.seconds)
    while true {
      let orders = orders.withLock { $0 }
      vigil.timeouts = orders.timeouts
      for signs in line?.received() ?? [] { vigil.hear(signs, now: MonotonicTime.seconds) }
      if let status = line?.endingStatus() { line?.followEnding(status) }
      func end(_ status: Int32) -> Never {
        guard let line else { force(status) }
        line.end(status, patience: 2 * vigil.period + 1)
      }
      if let status = orders.ending { end(status) }
      let calls = orders.clocks.compactMap(\.current)
      let finding = vigil.look(
        now: MonotonicTime.seconds, calls: calls, hears: line.map { !$0.saidGoodbye } ?? false)
      if let finding {
        ErrorLine.write(describe(finding, calls.first?.name))
        end(ExitStatus.rankLost)
      }
      if orders.isClosing, line?.close() ?? true { break }
      if !orders.isClosing {
        vigil.beat(entered: orders.clocks.reduce(0) { $0 &+ $1.entered })
        line?.tell(vigil.signs)
      }
      _ = news.wait(timeout: .now() + (orders.isClosing ? 0.001 : vigil.period))
    }
    closed.signal()
  }

  /// The message about a finding, one line.
  private func describe(_ finding: Vigil.Finding, _ call: String?) -> String {
    func name(_ rank: Int) -> String { "rank \(rank) on \(hosts[rank])" }
    let problem =
      switch finding {
      case .silent(let silent, let seconds):
        "no sign of life of \(name(silent)) for \(Int(seconds)) s"
          + (call.map { ", in '\($0)'" } ?? ", while computing")
      case .stuck(let call, let seconds, let absent):
        "'\(call)' has not returned for \(Int(seconds)) s"
          + (absent.isEmpty
            ? ", although all ranks have reached it"
            : ": \(absent.prefix(3).map(name).joined(separator: ", "))"
              + (absent.count > 3 ? " and \(absent.count - 3) more" : "") + " did not reach it")
      }
    return
      "\(name(rank)): \(problem); run again with --resume to go on from the last checkpoint, if there is one"
  }
}

/// A value that one thread hands to another and does not touch again.
private struct Handed<Value>: @unchecked Sendable {
  let value: Value
  init(_ value: Value) { self.value = value }
}
