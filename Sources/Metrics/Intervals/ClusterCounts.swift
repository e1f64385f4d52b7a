import Basics

/// What the intervals of an evaluation are computed from: counts of each cluster, and the figures of all patches.
///
/// A patch without a cluster stands for itself. Clusters are ordered by name, and patches without a cluster by id, so the
/// counts of two runs on the same patches are in the same order.
package struct ClusterCounts: Sendable {
  package let task: ClassificationTask
  package let classes: [String]
  /// The figures of all patches, as an evaluation of them reports.
  package let metrics: ClassificationMetrics
  /// Number of clusters, G.
  package let count: Int
  /// Whether clusters are patches, because the data set names no clusters.
  package let arePatches: Bool
  /// For each class the number of clusters that have it, `[K]`.
  package let clustersWithClass: [Int]
  /// For each class the number of clusters in which it is predicted, `[K]`.
  package let clustersWithPrediction: [Int]
  /// Numerators and denominators of the quotients, row-major `[G, R]`; see `CountRatios`.
  let numerators, denominators: [Double]
  let ratios: CountRatios

  /// - Parameter table: at least one patch.
  /// - Throws: `InputError` (numerics) for a probability that is not finite.
  package init(_ table: PredictionTable) throws {
    precondition(table.count > 0, "counts need at least one patch")
    (task, classes) = (table.task, table.classes)
    ratios = CountRatios(classes: table.classes.count)
    metrics = try Self.accumulator(table, Array(0..<table.count)).metrics
    let clusters = Self.clusters(table)
    (count, arePatches) = (clusters.count, table.clusters.allSatisfy(\.isEmpty))
    var withClass = [Int](repeating: 0, count: table.classes.count)
    var withPrediction = withClass
    var (numerators, denominators): ([Double], [Double]) = ([], [])
    numerators.reserveCapacity(count * ratios.count)
    denominators.reserveCapacity(count * ratios.count)
    for patches in clusters {
      let accumulator = try Self.accumulator(table, patches)
      let terms = ratios.terms(of: accumulator)
      numerators += terms.numerators
      denominators += terms.denominators
      for k in withClass.indices {
        withClass[k] += terms.denominators[ratios.place(.recall, k)] > 0 ? 1 : 0
        withPrediction[k] += terms.denominators[ratios.place(.precision, k)] > 0 ? 1 : 0
      }
    }
    (self.numerators, self.denominators) = (numerators, denominators)
    (clustersWithClass, clustersWithPrediction) = (withClass, withPrediction)
  }

  /// Positions of the patches of each cluster, in the order of the clusters.
  private static func clusters(_ table: PredictionTable) -> [[Int]] {
    var named: [String: [Int]] = [:]
    var alone: [Int] = []
    for (patch, cluster) in table.clusters.enumerated() {
      if cluster.isEmpty { alone.append(patch) } else { named[cluster, default: []].append(patch) }
    }
    return named.sorted { $0.key < $1.key }.map(\.value)
      + alone.sorted { table.ids[$0] < table.ids[$1] }.map { [$0] }
  }

  private static func accumulator(_ table: PredictionTable, _ patches: [Int]) throws -> MetricsAccumulator {
    var accumulator = MetricsAccumulator(task: table.task, classNames: table.classes)
    for patch in patches {
      try accumulator.add(
        probabilities: Array(table.probabilities(of: patch)),
        truth: table.truth(of: patch).map { $0 ? 1 : 0 })
    }
    return accumulator
  }

  /// Whether the counts are of the same patches, as far as counts tell.
  func hasPatches(of other: ClusterCounts) -> Bool {
    count == other.count && task == other.task && classes == other.classes
      && metrics.samples == other.metrics.samples && clustersWithClass == other.clustersWithClass
  }

  /// Number of clusters on which a figure rests. The F1 of a class rests on the clusters that have the class: no other
  /// cluster tells whether the class is found.
  package func clusters(of figure: IntervalFigure) -> Int {
    switch figure {
    case .metric, .ofClass(.accuracy, _): count
    case .ofClass(.precision, let k): clustersWithPrediction[k]
    case .ofClass(.recall, let k), .ofClass(.f1, let k): clustersWithClass[k]
    }
  }
}
