/// How long ranks wait for each other before they give up.
public struct Timeouts: Equatable, Sendable {
  /// Seconds of silence after which another rank is taken for dead.
  public var rank: Double
  /// Seconds after which a call that waits for the others is taken for stuck, though they are alive.
  public var collective: Double

  public init(rank: Double = 30, collective: Double = 600) {
    self.rank = rank
    self.collective = collective
  }
}
