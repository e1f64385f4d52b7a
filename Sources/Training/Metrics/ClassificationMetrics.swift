/// Everything an evaluation says about a set of patches.
public struct ClassificationMetrics: Codable, Equatable, Sendable {
  public let task: ClassificationTask
  /// Number of patches, N.
  public let samples: Int
  /// Patches with neither a true nor a predicted class. Their Jaccard index is 0 / 0, which makes
  /// `sampleAccuracy` and (multi-label) `overallAccuracy` NaN.
  public let samplesWithoutClasses: Int
  /// One value for every key.
  private let values: [MetricKey: Double]
  /// One report a class, in class order.
  public let classes: [ClassReport]
  /// Single-label: patches of true class (row) by predicted class (column); nil for multi-label.
  public let confusion: [[Int]]?

  public subscript(key: MetricKey) -> Double { values[key] ?? .nan }

  /// The confusion matrix divided by its row sums; rows of classes without patches are 0.
  public var normalisedConfusion: [[Double]]? {
    confusion?.map { row in
      let sum = row.reduce(0, +)
      return row.map { ratio(Double($0), Double(sum)) }
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

  /// - Throws: `DecodingError` for a confusion matrix that is none of so many patches and classes.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    task = try container.decode(ClassificationTask.self, forKey: .task)
    samples = try container.decode(Int.self, forKey: .samples)
    samplesWithoutClasses = try container.decode(Int.self, forKey: .samplesWithoutClasses)
    values = try container.decode([MetricKey: Double].self, forKey: .values)
    let classes = try container.decode([ClassReport].self, forKey: .classes)
    self.classes = classes
    confusion = try container.decodeIfPresent([[Int]].self, forKey: .confusion)
    guard let confusion else { return }
    // Rows are summed up.
    let limit = 1 << 40
    guard confusion.count == classes.count,
      confusion.allSatisfy({ $0.count == classes.count && $0.allSatisfy { (0...limit).contains($0) } })
    else {
      throw DecodingError.dataCorruptedError(
        forKey: .confusion, in: container, debugDescription: "not a confusion matrix of these classes")
    }
  }

  private static func values(_ counts: MetricsAccumulator, _ classes: [ClassReport]) -> [MetricKey: Double] {
    let n = Double(counts.samples)
    let k = Double(classes.count)
    let support = Double(classes.reduce(0) { $0 + $1.support })
    let predicted = Double(classes.reduce(0) { $0 + $1.predicted })
    let found = Double(classes.reduce(0) { $0 + $1.truePositives })
    let right = Double(classes.reduce(0) { $0 + $1.truePositives + $1.trueNegatives })
    func macro(_ value: (ClassReport) -> Double) -> Double { classes.reduce(0) { $0 + value($1) } / k }
    func weighted(_ value: (ClassReport) -> Double) -> Double {
      ratio(classes.reduce(0) { $0 + value($1) * Double($1.support) }, support)
    }
    let jaccard = counts.samplesWithoutClasses > 0 ? .nan : counts.sums.jaccard / n
    let hits = counts.confusion.map { rows in rows.indices.reduce(0) { $0 + rows[$1][$1] } }
    return [
      .overallAccuracy: hits.map { Double($0) / n } ?? jaccard,
      .averageAccuracy: macro(\.classWiseAccuracy),
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
      .macroAccuracy: macro { Double($0.truePositives + $0.trueNegatives) / n },
      .microAccuracy: right / (n * k),
      .sampleAccuracy: jaccard,
      .oneError: counts.sums.topWrong / n,
      .coverageError: counts.sums.coverage / n,
      .rankingLoss: counts.sums.rankingLoss / n,
      .labelRankingAveragePrecision: counts.sums.averagePrecision / n,
    ]
  }

  enum CodingKeys: String, CodingKey {
    case task, samples, values, classes, confusion
    case samplesWithoutClasses = "samples_without_classes"
  }
}

/// a / b, and 0 where that is 0 / 0.
func ratio(_ a: Double, _ b: Double) -> Double { b == 0 ? 0 : a / b }

/// F_β from true positives, predicted and true counts; 0 where nothing is predicted or true.
func fScore(_ found: Double, _ predicted: Double, _ support: Double, beta: Double) -> Double {
  ratio((1 + beta * beta) * found, predicted + beta * beta * support)
}

func fScore(_ found: Int, _ predicted: Int, _ support: Int, beta: Double) -> Double {
  fScore(Double(found), Double(predicted), Double(support), beta: beta)
}
