/// A figure that can have an interval: every figure of an evaluation, and four figures of each class.
///
/// Each is computed from counts that add up over clusters. Average precision and the loss are not among them.
package enum IntervalFigure: Hashable, Sendable {
  case metric(MetricKey)
  /// A figure of a class, by the position of the class.
  case ofClass(ClassFigure, Int)

  /// A figure of one class; see `ClassReport`.
  package enum ClassFigure: String, CaseIterable, Sendable { case precision, recall, f1, accuracy }

  /// All figures of an evaluation with `classes` classes.
  package static func all(classes: Int) -> [IntervalFigure] {
    MetricKey.allCases.map(IntervalFigure.metric)
      + ClassFigure.allCases.flatMap { figure in (0..<classes).map { .ofClass(figure, $0) } }
  }

  /// The figure in the metrics of an evaluation; nil where it does not exist.
  package func value(in metrics: ClassificationMetrics) -> Double? {
    switch self {
    case .metric(let key):
      let value = metrics[key]
      return value.isNaN ? nil : value
    case .ofClass(let figure, let k):
      let report = metrics.classes[k]
      switch figure {
      case .precision: return report.precision
      case .recall: return report.recall
      case .f1: return report.f1
      case .accuracy: return report.accuracy
      }
    }
  }
}
