import Basics

/// Counts of the units that a bootstrap draws: clusters, or groups of clusters.
struct UnitTable: Sendable {
  /// Number of units, U.
  let count: Int
  /// Row-major `[U, R]`; see `CountRatios`.
  let numerators, denominators: [Double]

  private init(count: Int, numerators: [Double], denominators: [Double]) {
    (self.count, self.numerators, self.denominators) = (count, numerators, denominators)
  }

  /// Each cluster is a unit.
  init(_ counts: ClusterCounts) {
    self.init(count: counts.count, numerators: counts.numerators, denominators: counts.denominators)
  }

  /// At most `limit` units. If there are more clusters, they are dealt at random into groups of equal number, give or take one.
  init(_ counts: ClusterCounts, atMost limit: Int, seed: UInt64) {
    guard counts.count > limit else {
      self.init(counts)
      return
    }
    let width = counts.ratios.count
    var numerators = [Double](repeating: 0, count: limit * width)
    var denominators = numerators
    var stream = RandomStream(seed: seed, path: 1)
    for (place, cluster) in stream.permutation(counts.count).enumerated() {
      let row = place % limit * width
      for r in 0..<width {
        numerators[row + r] += counts.numerators[cluster * width + r]
        denominators[row + r] += counts.denominators[cluster * width + r]
      }
    }
    self.init(count: limit, numerators: numerators, denominators: denominators)
  }

  /// How often each of `count` units is drawn in a resample.
  static func draws(_ count: Int, resample: Int, seed: UInt64) -> [Double] {
    var stream = RandomStream(seed: seed, path: 2, UInt64(resample))
    var draws = [Double](repeating: 0, count: count)
    for _ in 0..<count { draws[stream.integer(below: count)] += 1 }
    return draws
  }
}
