import Metrics

extension ComparisonReport {
  /// Which figures are shown.
  package struct Content: Sendable {
    /// Every figure of the tests.
    package var hasAllFigures: Bool
    /// The paper's Tables 3 and 4: OA and AA, and CWA instead of F1 of each class.
    package var isPaper: Bool

    package init(hasAllFigures: Bool = false, isPaper: Bool = false) {
      (self.hasAllFigures, self.isPaper) = (hasAllFigures, isPaper)
    }

    /// The figures that come first.
    func mainFigures(_ task: ClassificationTask) -> [MetricKey] {
      if isPaper { return [.overallAccuracy, .averageAccuracy, .microF1, .macroF1] }
      return task == .multi
        ? [.microF1, .macroF1, .jaccardSample] : [.subsetAccuracy, .macroF1, .macroRecall]
    }

    /// The figure of each class: F1, or the paper's CWA.
    func classFigure(_ k: Int, _ task: ClassificationTask) -> IntervalFigure {
      guard isPaper else { return .ofClass(.f1, k) }
      return switch task {
      case .multi: .ofClass(.accuracy, k)
      case .single: .ofClass(.recall, k)
      }
    }

    /// The name of the figure of each class.
    var classTitle: String { isPaper ? "CWA" : "F1" }

    /// The name of a figure among the main figures.
    func title(_ key: MetricKey, _ task: ClassificationTask) -> String {
      switch key {
      case .subsetAccuracy where task == .single: "Accuracy"
      case .overallAccuracy: "OA"
      case .averageAccuracy: "AA"
      default: key.title
      }
    }
  }
}
