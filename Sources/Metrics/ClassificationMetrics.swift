/// All figures of an evaluation of a set of patches.
package struct ClassificationMetrics: Equatable, Sendable {
  package let task: ClassificationTask
  /// Number of patches, N.
  package let samples: Int
  /// Patches with neither a true nor a predicted class. Their Jaccard index is 0 / 0, which makes the mean
  /// (`jaccardSample`, and the paper's OA) NaN.
  package let samplesWithoutClasses: Int
  /// One value for every key, NaN where it does not exist.
  let values: [MetricKey: Double]
  /// One report a class, in class order.
  package let classes: [ClassReport]
  /// Single-label: patches of true class (row) by predicted class (column); nil for multi-label.
  package let confusion: [[Int]]?

  package subscript(key: MetricKey) -> Double { values[key] ?? .nan }

  /// The confusion matrix divided by its row sums; nil in rows of classes without patches.
  package var normalisedConfusion: [[Double?]]? {
    confusion?.map { row in
      let sum = row.reduce(0, +)
      return row.map { quotient($0, sum) }
    }
  }

  init(_ counts: MetricsAccumulator) {
    precondition(counts.samples > 0, "metrics need at least one patch")
    task = counts.task
    samples = counts.samples
    samplesWithoutClasses = counts.samplesWithoutClasses
    classes = counts.classNames.indices.map(counts.report)
    confusion = counts.confusion
    values = Self.values(counts, classes)
  }

  private static func values(_ counts: MetricsAccumulator, _ classes: [ClassReport]) -> [MetricKey: Double] {
    let n = Double(counts.samples)
    let k = Double(classes.count)
    let support = Double(classes.reduce(0) { $0 + $1.support })
    let predicted = Double(classes.reduce(0) { $0 + $1.predicted })
    let found = Double(classes.reduce(0) { $0 + $1.truePositives })
    let right = Double(classes.reduce(0) { $0 + $1.truePositives + $1.trueNegatives })
    // A figure that does not exist counts as 0.
    func macro(_ value: (ClassReport) -> Double?) -> Double {
      classes.reduce(0) { $0 + (value($1) ?? 0) } / k
    }
    func weighted(_ value: (ClassReport) -> Double?) -> Double {
      ratio(classes.reduce(0) { $0 + (value($1) ?? 0) * Double($1.support) }, support)
    }
    let jaccard = counts.samplesWithoutClasses > 0 ? .nan : counts.sums.jaccard / n
    let hits = counts.confusion.map { rows in rows.indices.reduce(0) { $0 + rows[$1][$1] } }
    return [
      .jaccardSample: jaccard,
      .macroPrecision: macro(\.precision),
      .microPrecision: ratio(found, predicted),
      .samplePrecision: counts.sums.precision / n,
      .weightedPrecision: weighted(\.precision),
      .macroRecall: macro(\.recall),
      .microRecall: ratio(found, support),
      .sampleRecall: counts.sums.recall / n,
      .weightedRecall: weighted(\.recall),
      .macroF1: macro(\.f1),
      .microF1: fScore(found, predicted, support, beta: 1),
      .sampleF1: counts.sums.f1 / n,
      .weightedF1: weighted(\.f1),
      .macroF2: macro { fScore($0.truePositives, $0.predicted, $0.support, beta: 2) },
      .microF2: fScore(found, predicted, support, beta: 2),
      .sampleF2: counts.sums.f2 / n,
      .hammingLoss: (n * k - right) / (n * k),
      .subsetAccuracy: counts.sums.exact / n,
      .labelAccuracy: right / (n * k),
      .oneError: counts.sums.topWrong / n,
      .coverageError: counts.sums.coverage / n,
      .rankingLoss: counts.sums.rankingLoss / n,
      .labelRankingAveragePrecision: counts.sums.averagePrecision / n,
      .overallAccuracy: hits.map { Double($0) / n } ?? jaccard,
      .averageAccuracy: macro { $0.classWiseAccuracy(counts.task) },
    ]
  }
}

/// a / b; nil where that is 0 / 0.
func quotient(_ a: Int, _ b: Int) -> Double? { b == 0 ? nil : Double(a) / Double(b) }

/// a / b, and 0 where that is 0 / 0.
func ratio(_ a: Double, _ b: Double) -> Double { b == 0 ? 0 : a / b }

/// F_β from true positives, predicted and true counts; 0 where nothing is predicted or true.
func fScore(_ found: Double, _ predicted: Double, _ support: Double, beta: Double) -> Double {
  ratio((1 + beta * beta) * found, predicted + beta * beta * support)
}

func fScore(_ found: Int, _ predicted: Int, _ support: Int, beta: Double) -> Double {
  fScore(Double(found), Double(predicted), Double(support), beta: beta)
}
