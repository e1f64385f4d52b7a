/// What a rank is known to have done.
struct SignOfLife: Equatable, Sendable {
  /// Grows as long as the rank lives.
  var beats: UInt32 = 0
  /// Calls so far that wait for the other ranks.
  var entered: UInt32 = 0
}

/// What one rank knows of the others, and when it loses patience. Times are seconds of one clock.
///
/// The ranks form a ring: each hears from the one before it, which tells what it knows of all.
struct Vigil {
  /// Why the run cannot go on.
  enum Finding: Equatable {
    /// Nothing was heard of a rank for this many seconds.
    case silent(rank: Int, seconds: Double)
    /// A call that waits for the others has not come back; the ranks that have not come to it.
    case stuck(call: String, seconds: Double, absent: [Int])
  }

  let rank: Int
  var timeouts: Timeouts
  private(set) var signs: [SignOfLife]
  private var heard: Double
  private var looked: Double
  /// Waiting before this time does not count.
  private var resumed: Double

  init(rank: Int, size: Int, timeouts: Timeouts, now: Double) {
    self.rank = rank
    self.timeouts = timeouts
    signs = Array(repeating: SignOfLife(), count: size)
    (heard, looked, resumed) = (now, now, now)
  }

  /// The rank that this one hears from.
  var previous: Int { (rank + signs.count - 1) % signs.count }
  /// Seconds between two looks.
  var period: Double { min(1, timeouts.rank / 10) }

  /// What the rank before this one knows.
  mutating func hear(_ told: [SignOfLife], now: Double) {
    heard = now
    for (other, sign) in told.enumerated() where other != rank {
      // Counters may wrap around.
      if Int32(bitPattern: sign.beats &- signs[other].beats) > 0 { signs[other] = sign }
    }
  }

  /// A sign of life of this rank.
  mutating func beat(entered: UInt32) {
    signs[rank].beats &+= 1
    signs[rank].entered = entered
  }

  /// - Parameters:
  ///   - calls: that wait for other ranks, with the time they began.
  ///   - hears: whether the rank before this one sends signs of life.
  mutating func look(now: Double, calls: [(name: String, begun: Double)], hears: Bool) -> Finding? {
    // A job that was suspended, this watch with it, starts its clocks anew.
    if now - looked > max(timeouts.rank / 2, 3 * period) { (heard, resumed) = (now, now) }
    looked = now
    if hears, now - heard > timeouts.rank { return .silent(rank: previous, seconds: now - heard) }
    // One rank after the other loses patience, so that one of them says it.
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
  /// Seconds of silence after which another rank is taken for dead.
  package var rank: Double
  /// Seconds after which a call that waits for the others is taken for stuck, though they are alive.
  package var collective: Double

  package init(rank: Double = 30, collective: Double = 600) {
    self.rank = rank
    self.collective = collective
  }
}
