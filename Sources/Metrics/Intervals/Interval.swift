import Basics

/// A range that holds the true value of a figure in 95 % of evaluations: on other scenes of the same kind.
package struct Interval: Equatable, Sendable {
  package let low, high: Double
  /// Half the length before it was cut to the possible values: 0.021 in "0.735 ± 0.021".
  package let halfWidth: Double

  /// The share of intervals that hold the true value.
  package static let level = 0.95

  package func contains(_ value: Double) -> Bool { low <= value && value <= high }
}

/// A figure, with its interval or the reason why it has none.
package struct Estimate: Equatable, Sendable {
  /// As the evaluation reports it; nil where it does not exist.
  package let value: Double?
  package let interval: Interval?
  /// nil where there is an interval.
  package let absence: IntervalAbsence?
}

/// The difference of a figure between two evaluations of the same patches.
package struct PairedDifference: Equatable, Sendable {
  /// The figure less that of the other evaluation; nil where one of the two does not exist.
  package let value: Double?
  package let interval: Interval?
  /// The probability of a difference at least as large, relative to its standard error, where there is none. It is at most
  /// 0.05 exactly where the interval does not hold 0. Nil where there is no interval.
  package let pValue: Double?
  package let absence: IntervalAbsence?
}

/// Why a figure has no interval.
package enum IntervalAbsence: Equatable, Sendable {
  /// The figure does not exist: nothing is divided by nothing.
  case noFigure
  /// There are so few clusters that an interval would be too short too often.
  case fewClusters(Int)
  /// The class, or its prediction, occurs in so few clusters.
  case fewClustersOfClass(Int)
  /// Every cluster has the same figure, as when all patches are right.
  case noVariation
  /// In too many resamples every cluster has the same figure.
  case unstable

  /// Fewer clusters give no interval.
  package static let fewestClusters = 10

  /// The reason in words: "5 scenes are too few; an interval needs at least 10".
  package func text(_ noun: ClusterNoun) -> String {
    return switch self {
    case .noFigure: "the figure does not exist"
    case .fewClusters(let count):
      "\(noun.counted(count)) \(count == 1 ? "is" : "are") too few; an interval needs at least \(Self.fewestClusters)"
    case .fewClustersOfClass(let count):
      "the class occurs in \(noun.counted(count)); an interval needs at least \(Self.fewestClusters)"
    case .noVariation: "all \(noun.many) agree, so they do not tell how far others would differ"
    case .unstable: "in too many resamples all \(noun.many) agree"
    }
  }
}

/// The word for what is resampled.
package struct ClusterNoun: Equatable, Sendable {
  package let one, many: String

  /// - Parameter one: "scene", whose plural is "scenes".
  package init(_ one: String) { self.init(one, plural: one + "s") }

  private init(_ one: String, plural: String) { (self.one, many) = (one, plural) }

  /// For data sets that name no clusters.
  package static let patch = ClusterNoun("patch", plural: "patches")

  /// "26 scenes".
  package func counted(_ count: Int) -> String { Basics.counted(count, one, plural: many) }
}

/// Holm's correction of p-values for the number of comparisons.
package enum Holm {
  /// The corrected p-values, in the order of the given ones.
  ///
  /// The smallest of n is multiplied by n, the next by n − 1, and so on; none becomes smaller than one before it, or larger
  /// than 1. Example: 0.01, 0.04, 0.03 become 0.03, 0.06, 0.06. (Holm, 1979.)
  package static func corrected(_ pValues: [Double]) -> [Double] {
    var corrected = pValues
    var largest = 0.0
    for (rank, index) in pValues.indices.sorted(by: { pValues[$0] < pValues[$1] }).enumerated() {
      largest = max(largest, min(pValues[index] * Double(pValues.count - rank), 1))
      corrected[index] = largest
    }
    return corrected
  }
}
