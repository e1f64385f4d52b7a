/// What `validate` and `test` print.
public struct EvaluationReport: Sendable {
  public let metrics: ClassificationMetrics

  public init(_ metrics: ClassificationMetrics) { self.metrics = metrics }

  /// All figures, then the classes, then what the paper's names mean.
  public var text: String {
    let parts = [overview.text, classTable.text] + (confusionTable.map { [$0.text] } ?? [])
    return (parts + [notes]).joined(separator: "\n")
  }

  /// One row a figure.
  public var overview: TextTable {
    TextTable(
      columns: [.init("metric", .left), .init("value", .right)],
      rows: [["Patches", NumberText.grouped(metrics.samples)]]
        + MetricKey.allCases.map { [$0.title, Figures.metric(metrics[$0])] })
  }

  /// One row a class.
  public var classTable: TextTable {
    TextTable(
      columns: [.init("class", .left)]
        + ["support", "predicted", "precision", "recall", "F1", "CWA"].map { .init($0, .right) },
      rows: metrics.classes.map { report in
        [report.name, NumberText.grouped(report.support), NumberText.grouped(report.predicted)]
          + [report.precision, report.recall, report.f1, report.classWiseAccuracy].map {
            Figures.metric($0, of: report)
          }
      })
  }

  /// Single-label: share of each true class (row) that is predicted as each class (column).
  public var confusionTable: TextTable? {
    metrics.normalisedConfusion.map { matrix in
      TextTable(
        columns: [.init("true \\ predicted", .left)] + metrics.classes.map { .init($0.name, .right) },
        rows: zip(metrics.classes, matrix).map { report, row in
          [report.name] + row.map { report.occurs ? NumberText.fixed($0, 3) : "n/a" }
        })
    }
  }

  /// What the paper's names mean, and what is undefined here.
  public var notes: String {
    var lines = PaperMetric.notes(metrics.task)
    if metrics.samplesWithoutClasses > 0 {
      lines.append(
        "n/a: \(NumberText.grouped(metrics.samplesWithoutClasses)) patches have neither a true nor a predicted "
          + "class, so the mean Jaccard index is undefined")
    }
    let absent = metrics.classes.filter { !$0.occurs }.map(\.name)
    if !absent.isEmpty {
      lines.append("n/a beside a figure: no patch has the class (\(absent.joined(separator: ", ")))")
    }
    return lines.map { $0 + "\n" }.joined()
  }
}
