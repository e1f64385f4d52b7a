/// Times of the same work done several times, in seconds.
package struct Timing: Equatable, Encodable, Sendable {
  package let best, median: Double
  /// In the order they were measured.
  package let all: [Double]

  init(_ all: [Double]) {
    precondition(!all.isEmpty, "a timing needs at least one measurement")
    self.all = all
    best = all.min()!
    median = Self.median(all)
  }

  /// The middle value, or the mean of the two in the middle.
  static func median(_ values: [Double]) -> Double {
    let sorted = values.sorted()
    return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
  }
}
