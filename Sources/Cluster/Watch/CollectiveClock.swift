import Synchronization

/// The call in which a thread waits for other ranks, and since when. The thread stores the call's name and start, and
/// the watchdog reads both.
final class CollectiveClock: Sendable {
  private let name = Atomic<UInt>(0)
  /// When the call began, in nanoseconds of `MonotonicTime`; 0 outside a call.
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

  /// Number of calls begun so far.
  var entered: UInt32 { count.load(ordering: .relaxed) }

  /// The present call, and when it began (seconds of `MonotonicTime`); nil outside a call.
  var current: (name: String, begun: Double)? {
    let begun = begun.load(ordering: .acquiring)
    guard begun != 0, let name = UnsafePointer<CChar>(bitPattern: name.load(ordering: .relaxed)) else {
      return nil
    }
    return (String(cString: name), Double(begun) * 1e-9)
  }
}
