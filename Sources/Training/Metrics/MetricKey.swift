/// Every figure of an evaluation. The raw value names it in JSON documents and, after `val_`, in `metrics.csv`.
///
/// Macro: mean over classes. Micro: over all (patch, class) decisions pooled. Sample: mean over patches.
/// Weighted: mean over classes weighted by support. A precision, recall or F score that divides 0 by 0 is 0.
public enum MetricKey: String, CaseIterable, Codable, CodingKeyRepresentable, Sendable {
  case overallAccuracy = "overall_accuracy"
  case averageAccuracy = "average_accuracy"
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
  case subsetAccuracy = "subset_accuracy"
  case macroAccuracy = "macro_accuracy"
  case microAccuracy = "micro_accuracy"
  case sampleAccuracy = "sample_accuracy"
  case oneError = "one_error"
  case coverageError = "coverage_error"
  case rankingLoss = "ranking_loss"
  case labelRankingAveragePrecision = "label_ranking_average_precision"

  /// Whether a smaller figure is a better one.
  public var isError: Bool {
    switch self {
    case .hammingLoss, .oneError, .coverageError, .rankingLoss: true
    default: false
    }
  }

  /// The name in tables.
  public var title: String {
    switch self {
    case .overallAccuracy: "OA"
    case .averageAccuracy: "AA"
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
    case .macroAccuracy: "Accuracy, macro"
    case .microAccuracy: "Accuracy, micro"
    case .sampleAccuracy: "Accuracy, sample (Jaccard)"
    case .oneError: "One-error"
    case .coverageError: "Coverage error"
    case .rankingLoss: "Ranking loss"
    case .labelRankingAveragePrecision: "Label-ranking average precision"
    }
  }
}

/// The three figures the paper reports under names that elsewhere mean something else.
public enum PaperMetric: String, CaseIterable, Sendable {
  case overallAccuracy = "OA"
  case averageAccuracy = "AA"
  case classWiseAccuracy = "CWA"

  /// What the figure is, in one line.
  public func explanation(_ task: ClassificationTask) -> String {
    switch (self, task) {
    case (.overallAccuracy, .multi):
      "mean over patches of |predicted ∩ true| / |predicted ∪ true| (Jaccard index)"
    case (.averageAccuracy, .multi):
      "mean of CWA over all classes"
    case (.classWiseAccuracy, .multi):
      "(TP + TN) / N of a class: absent and not predicted counts as right, so rare classes score high"
    case (.overallAccuracy, .single):
      "share of patches whose class is right"
    case (.averageAccuracy, .single):
      "mean of CWA over all classes; a class without patches counts as 0"
    case (.classWiseAccuracy, .single):
      "share of a class's patches that are found (diagonal of the normalised confusion matrix)"
    }
  }

  /// One line for each of the three: "OA: …".
  public static func notes(_ task: ClassificationTask) -> [String] {
    allCases.map { "\($0.rawValue): \($0.explanation(task))" }
  }
}
