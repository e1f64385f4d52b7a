/// The three figures the paper reports under names that elsewhere mean something else.
package enum PaperMetric: String, CaseIterable, Sendable {
  case overallAccuracy = "OA"
  case averageAccuracy = "AA"
  case classWiseAccuracy = "CWA"

  /// What the figure is, in one line.
  package func explanation(_ task: ClassificationTask) -> String {
    switch (self, task) {
    case (.overallAccuracy, .multi):
      "the Jaccard index, mean over patches: classes both predicted and true / classes predicted or true"
    case (.averageAccuracy, .multi):
      "mean of CWA over all classes: the label accuracy"
    case (.classWiseAccuracy, .multi):
      "(TP + TN) / N of a class: absent and not predicted counts as right, so rare classes score high"
    case (.overallAccuracy, .single):
      "the accuracy: share of patches whose class is right"
    case (.averageAccuracy, .single):
      "mean of CWA over all classes: the macro recall; a class without patches counts as 0"
    case (.classWiseAccuracy, .single):
      "the recall of a class: share of its patches that are found"
    }
  }

  /// One line for each of the three: "OA: …".
  package static func notes(_ task: ClassificationTask) -> [String] {
    allCases.map { "\($0.rawValue): \($0.explanation(task))" }
  }
}
