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
      ] + published(subjects).map { .table($0) })
  }

  /// Published figures of the data set beside those of the runs; empty where the manifest names none that is computed here.
  private static func published(_ subjects: [Subject]) -> [ReportTable] {
    let known = PublishedFigures(subjects[0].run.experiment?.manifest, subjects[0].table.task)
    guard !known.comparable.isEmpty else { return [] }
    return [
      ReportTable(
        "published", title: "Published figures of the data set",
        columns: [.init("Figure", isNumber: false), .init("Published")]
          + subjects.map { .init($0.isAlone ? "This run" : $0.title) },
        rows: known.comparable.map { reference, key in
          [ReportCell(reference.what), ReportCell("published", reference.value)]
            + subjects.map { ReportCell("published.\(key.rawValue)", $0.metrics[key].known) }
        }, notes: known.notes)
    ]
  }
}
