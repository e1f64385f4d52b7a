/// The latest sign of life of a rank.
struct SignOfLife: Equatable, Sendable {
  /// A counter that grows as long as the rank runs.
  var beats: UInt32 = 0
  /// Number of calls so far in which the rank waited for other ranks.
  var entered: UInt32 = 0
}

/// Decides from signs of life when a rank gives up waiting for the others. Times are seconds of one clock.
///
/// The ranks form a ring. Each gets from the rank before it the latest signs of all ranks.
struct Vigil {
  /// Why the run cannot go on.
  enum Finding: Equatable {
    /// There was no sign of life of a rank for `seconds`.
    case silent(rank: Int, seconds: Double)
    /// A call that waits for other ranks has not returned; `absent` are the ranks that have not begun it.
    case stuck(call: String, seconds: Double, absent: [Int])
  }

  let rank: Int
  var timeouts: Timeouts
  private(set) var signs: [SignOfLife]
  private var heard: Double
  private var looked: Double
  /// Waiting before this time does not count, because the job was suspended.
  private var resumed: Double

  init(rank: Int, size: Int, timeouts: Timeouts, now: Double) {
    self.rank = rank
    self.timeouts = timeouts
    signs = Array(repeating: SignOfLife(), count: size)
    (heard, looked, resumed) = (now, now, now)
  }

  /// The rank whose messages this rank receives.
  var previous: Int { (rank + signs.count - 1) % signs.count }
  /// Seconds between two calls of `look`.
  var period: Double { min(1, timeouts.rank / 10) }

  /// Takes the signs that the rank before this one has sent.
  mutating func hear(_ told: [SignOfLife], now: Double) {
    heard = now
    for (other, sign) in told.enumerated() where other != rank {
      // Counters may wrap around.
      if Int32(bitPattern: sign.beats &- signs[other].beats) > 0 { signs[other] = sign }
    }
  }

  /// Notes a sign of life of this rank.
  mutating func beat(entered: UInt32) {
    signs[rank].beats &+= 1
    signs[rank].entered = entered
  }

  /// - Parameters:
  ///   - calls: the calls of this rank that wait for other ranks, with the time at which they began.
  ///   - hears: whether the rank before this one sends signs of life.
  mutating func look(now: Double, calls: [(name: String, begun: Double)], hears: Bool) -> Finding? {
    // A long pause means that the whole job was suspended. Its clocks then start anew.
    if now - looked > max(timeouts.rank / 2, 3 * period) { (heard, resumed) = (now, now) }
    looked = now
    if hears, now - heard > timeouts.rank { return .silent(rank: previous, seconds: now - heard) }
    // Each rank waits a little longer than the one before it, so that only one prints the message.
    let patience = timeouts.collective + 2 * period * Double(min(rank, 8))
    for call in calls where now - max(call.begun, resumed) > patience {
      let absent = signs.indices.filter { Int32(bitPattern: signs[$0].entered &- signs[rank].entered) < 0 }
      return .stuck(call: call.name, seconds: now - call.begun, absent: absent)
    }
    return nil
  }
}

/// How long ranks wait for each other before they give up.
package struct Timeouts: Equatable, Sendable {
  /// Seconds without a sign of life after which a rank counts as lost.
  package var rank: Double
  /// Seconds after which a call that waits for other ranks counts as stuck, although they are alive.
  package var collective: Double

  package init(rank: Double = 30, collective: Double = 600) {
    self.rank = rank
    self.collective = collective
  }
}
