import Synchronization

/// What a thread waits for, and since when: written by that thread for the price of three stores, read by the
/// watchdog.
final class CollectiveClock: Sendable {
  private let name = Atomic<UInt>(0)
  /// Nanoseconds, 0 while the thread does something else.
  private let begun = Atomic<UInt64>(0)
  private let count = Atomic<UInt32>(0)

  /// Runs a call that waits for other ranks.
  func time<Result>(_ name: StaticString, _ body: () -> Result) -> Result {
    self.name.store(UInt(bitPattern: name.utf8Start), ordering: .relaxed)
    count.store(count.load(ordering: .relaxed) &+ 1, ordering: .relaxed)
    begun.store(MonotonicTime.nanoseconds, ordering: .releasing)
    defer { begun.store(0, ordering: .releasing) }
    return body()
  }

  /// Calls that were begun so far.
  var entered: UInt32 { count.load(ordering: .relaxed) }

  /// The call that the thread is in, and when it began (seconds of `MonotonicTime`); nil outside.
  var current: (name: String, begun: Double)? {
    let begun = begun.load(ordering: .acquiring)
    guard begun != 0, let name = UnsafePointer<CChar>(bitPattern: name.load(ordering: .relaxed)) else {
      return nil
    }
    return (String(cString: name), Double(begun) * 1e-9)
  }
}
