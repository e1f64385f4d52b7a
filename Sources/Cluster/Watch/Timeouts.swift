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
