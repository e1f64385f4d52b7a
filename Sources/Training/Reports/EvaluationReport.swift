import Metrics
import Presentation

/// The report that `validate` and `test` print.
package struct EvaluationReport: Sendable {
  package let subject: EvaluationSubject
  package let metrics: ClassificationMetrics
  /// What the network takes of each sensor; empty for a network that does not decide that.
  package let shares: [SensorShare]

  package init(
    _ subject: EvaluationSubject, _ metrics: ClassificationMetrics, shares: [SensorShare] = []
  ) {
    (self.subject, self.metrics, self.shares) = (subject, metrics, shares)
  }

  /// The main figures, the classes and the shares of the sensors; with `all`, every figure, the shares by class, and what the
  /// paper's names mean.
  package func text(_ style: TextStyle, all: Bool = false) -> String {
    let head = style.wrapped(subject.line(patches: metrics.samples), indent: 2)
    let tables = [all ? overview : averages, all ? wholeClassTable : classTable, confusionTable]
    let notes = (all ? PaperMetric.notes(metrics.task) : []) + notes
    // Notes directly follow the table of classes, but an empty line separates them from other tables.
    let gap = (all || confusionTable != nil) && !notes.isEmpty ? "\n" : ""
    let sections = [style.bold(head) + "\n", headline(style)] + tables.compactMap { $0?.text(style) }
    return sections.joined(separator: "\n") + gap + notes.map { style.note($0) }.joined()
      + shareText(style, all: all)
  }

  /// The main figures, in one or two lines.
  private func headline(_ style: TextStyle) -> String {
    func figure(_ name: String, _ key: MetricKey) -> String {
      "\(name) \(style.bold(Figures.metric(metrics[key], decimals: 3)))"
    }
    let lines =
      switch metrics.task {
      case .multi:
        [
          [
            figure("micro-F1", .microF1), figure("macro-F1", .macroF1),
            figure("Jaccard (the paper's OA)", .overallAccuracy),
          ]
        ]
      case .single:
        [
          [figure("accuracy (the paper's OA)", .overallAccuracy), figure("macro-F1", .macroF1)],
          [
            figure("macro recall (the paper's AA)", .averageAccuracy),
            figure("macro precision", .macroPrecision),
          ],
        ]
      }
    return lines.map { $0.joined(separator: "    ") + "\n" }.joined()
  }

  /// Multi-label: the kinds of averages in columns. Single-label: nil, because most averages equal the accuracy.
  var averages: TextTable? {
    guard metrics.task == .multi else { return nil }
    let rows: [(String, [MetricKey])] = [
      ("precision", [.macroPrecision, .microPrecision, .samplePrecision, .weightedPrecision]),
      ("recall", [.macroRecall, .microRecall, .sampleRecall, .weightedRecall]),
      ("F1", [.macroF1, .microF1, .sampleF1, .weightedF1]),
    ]
    return TextTable(
      columns: [.init("", .left)] + ["macro", "micro", "sample", "weighted"].map { .init($0, .right) },
      rows: rows.map { name, keys in [name] + keys.map { Figures.metric(metrics[$0], decimals: 3) } })
  }

  /// One row for each figure. Single-label: the figures that equal the accuracy share one row.
  var overview: TextTable {
    func row(_ title: String, _ key: MetricKey) -> [String] { [title, Figures.metric(metrics[key])] }
    let rows =
      switch metrics.task {
      case .multi: MetricKey.allCases.map { row($0.title, $0) }
      case .single:
        [row("Accuracy", .subsetAccuracy)]
          + MetricKey.allCases.filter { !$0.isAccuracyOfSingleLabels }.map { row($0.title, $0) }
      }
    return TextTable(
      columns: [.init("figure", .left), .init("value", .right)],
      rows: [["Patches", NumberText.grouped(metrics.samples)]] + rows)
  }
}

extension TextStyle {
  /// A foot note: wrapped at words, dim where the terminal can show that, with a line break at its end.
  fileprivate func note(_ text: String) -> String {
    wrapped(text, indent: 2).split(separator: "\n").map { dim(String($0)) + "\n" }.joined()
  }
}
