import Metrics
import Presentation

extension ReportSection {
  /// Every figure of the evaluation with its interval.
  static func allFigures(_ subjects: [Subject]) -> ReportSection {
    let rows = MetricKey.allCases.map { key -> [ReportCell] in
      [ReportCell(key.title)]
        + subjects.map { subject in
          let estimate = subject.evidence.estimate(key)
          var cell = ReportCell(key.rawValue, estimate.value)
          cell.detail = estimate.interval.map {
            "\(Figures.metric($0.low, decimals: 3))–\(Figures.metric($0.high, decimals: 3))"
          }
          return cell
        }
    }
    return ReportSection(
      "figures", "All figures",
      lead:
        "Macro: mean over classes. Micro: all decisions pooled. Sample: mean over patches. Weighted: by support. "
        + "For losses and errors, smaller is better. Behind a figure stands its 95 % interval.",
      [
        .table(
          ReportTable(
            "figures",
            columns: [.init("Figure", isNumber: false)]
              + subjects.map { .init($0.isAlone ? "Value" : $0.title) },
            rows: rows,
            notes: PaperMetric.notes(subjects[0].table.task)))
      ])
  }
}
