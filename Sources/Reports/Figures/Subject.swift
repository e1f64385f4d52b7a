import Metrics
import Presentation

/// A run in a report, with its title and its place among the runs.
struct Subject {
  let evidence: Evidence
  /// "s2", or "a/s2" beside "b/s2".
  let title: String
  let place: Int
  /// Whether it is the only run.
  let isAlone: Bool

  var table: PredictionTable { evidence.table }
  var metrics: ClassificationMetrics { evidence.metrics }
  var run: ReportedRun { evidence.run }

  /// The name of a file of the run: "confusion", or "confusion-2" for the second of several.
  func name(_ name: String) -> String { isAlone ? name : "\(name)-\(place + 1)" }

  /// "Confusion matrix", or "s2: Confusion matrix" where there are several runs.
  func heading(_ heading: String) -> String { isAlone ? heading : "\(title): \(heading)" }
}

extension Estimate {
  /// The interval as plots have it; nil for none.
  var range: ClosedRange<Double>? { interval.map { $0.low...$0.high } }

  /// "0.71–0.76"; nil without an interval.
  var rangeText: String? {
    interval.map { "\(NumberText.fixed($0.low, 2))–\(NumberText.fixed($0.high, 2))" }
  }
}
