/// Every figure of an evaluation. The raw value names it in JSON documents and, after `val_`, in `metrics.csv`.
///
/// Macro: mean over classes. Micro: over all (patch, class) decisions pooled. Sample: mean over patches.
/// Weighted: mean over classes weighted by support. A precision, recall or F score that divides 0 by 0 counts as 0
/// in a mean: nine classes with an F1 of 1 and a tenth class that no patch has give a macro F1 of 0.9.
package enum MetricKey: String, CaseIterable, Codable, CodingKeyRepresentable, Sendable {
  /// Mean over patches of the classes that are true and predicted, divided by those that are true or predicted.
  case jaccardSample = "jaccard_sample"
  case macroPrecision = "macro_precision"
  case microPrecision = "micro_precision"
  case samplePrecision = "sample_precision"
  case weightedPrecision = "weighted_precision"
  case macroRecall = "macro_recall"
  case microRecall = "micro_recall"
  case sampleRecall = "sample_recall"
  case weightedRecall = "weighted_recall"
  case macroF1 = "macro_f1"
  case microF1 = "micro_f1"
  case sampleF1 = "sample_f1"
  case weightedF1 = "weighted_f1"
  case macroF2 = "macro_f2"
  case microF2 = "micro_f2"
  case sampleF2 = "sample_f2"
  case hammingLoss = "hamming_loss"
  /// Share of the patches whose classes are all right; single-label, the accuracy.
  case subsetAccuracy = "subset_accuracy"
  /// Share of all (patch, class) decisions that are right: 1 − Hamming loss. Macro and micro are the same.
  case labelAccuracy = "label_accuracy"
  case oneError = "one_error"
  case coverageError = "coverage_error"
  case rankingLoss = "ranking_loss"
  case labelRankingAveragePrecision = "label_ranking_average_precision"
  /// What the paper calls OA and AA: other figures of this list, see `PaperMetric`.
  case overallAccuracy = "paper_OA"
  case averageAccuracy = "paper_AA"

  /// Whether a smaller figure is a better one.
  package var isError: Bool {
    switch self {
    case .hammingLoss, .oneError, .coverageError, .rankingLoss: true
    default: false
    }
  }

  /// Whether the key is a name of the paper for a figure that has another key too.
  package var isPaper: Bool { self == .overallAccuracy || self == .averageAccuracy }

  /// Whether the figure equals the accuracy in a single-label evaluation. There each patch has one true and
  /// one predicted class, so such averages are all the share of patches that are right.
  package var isAccuracyOfSingleLabels: Bool {
    switch self {
    case .jaccardSample, .microPrecision, .samplePrecision, .microRecall, .sampleRecall, .weightedRecall,
      .microF1, .sampleF1, .microF2, .sampleF2, .subsetAccuracy, .overallAccuracy:
      true
    case .macroPrecision, .weightedPrecision, .macroRecall, .macroF1, .weightedF1, .macroF2, .hammingLoss,
      .labelAccuracy, .oneError, .coverageError, .rankingLoss, .labelRankingAveragePrecision,
      .averageAccuracy:
      false
    }
  }

  /// The name in tables.
  package var title: String {
    switch self {
    case .jaccardSample: "Jaccard, sample"
    case .macroPrecision: "Precision, macro"
    case .microPrecision: "Precision, micro"
    case .samplePrecision: "Precision, sample"
    case .weightedPrecision: "Precision, weighted"
    case .macroRecall: "Recall, macro"
    case .microRecall: "Recall, micro"
    case .sampleRecall: "Recall, sample"
    case .weightedRecall: "Recall, weighted"
    case .macroF1: "F1, macro"
    case .microF1: "F1, micro"
    case .sampleF1: "F1, sample"
    case .weightedF1: "F1, weighted"
    case .macroF2: "F2, macro"
    case .microF2: "F2, micro"
    case .sampleF2: "F2, sample"
    case .hammingLoss: "Hamming loss"
    case .subsetAccuracy: "Subset accuracy"
    case .labelAccuracy: "Label accuracy"
    case .oneError: "One-error"
    case .coverageError: "Coverage error"
    case .rankingLoss: "Ranking loss"
    case .labelRankingAveragePrecision: "Label-ranking average precision"
    case .overallAccuracy: "The paper's OA"
    case .averageAccuracy: "The paper's AA"
    }
  }

  /// The key of a name in a file; names that earlier versions wrote are read too.
  package init?(storedName name: String) {
    guard let key = MetricKey(rawValue: name) ?? Self.byEarlierName[name] else { return nil }
    self = key
  }

  /// Keys by the names of earlier versions, which elsewhere mean something else: `sample_accuracy` was a
  /// Jaccard index. `macro_accuracy` is not read: it always equalled `micro_accuracy`.
  static let byEarlierName: [String: MetricKey] = [
    "sample_accuracy": .jaccardSample, "micro_accuracy": .labelAccuracy,
    "overall_accuracy": .overallAccuracy, "average_accuracy": .averageAccuracy,
  ]
}
