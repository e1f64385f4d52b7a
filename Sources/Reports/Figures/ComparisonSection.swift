import Basics
import Metrics
import Presentation
import Training

extension ReportSection {
  /// The runs beside the first on the same patches, as `compare` computes it; nil for one run. Runs of one experiment with
  /// several seeds are gathered.
  /// - Throws: `InputError` (environment) when the system refuses threads.
  static func comparison(_ subjects: [Subject]) throws -> ReportSection? {
    guard subjects.count > 1 else { return nil }
    let (id, title) = ("comparison", "The runs compared")
    let task = subjects[0].table.task
    let content = ComparisonReport.Content()
    let statistics: ComparisonStatistics?
    do {
      statistics = try ComparisonStatistics(
        subjects.map(compared), subjects.map(\.title), inference(subjects),
        main: content.mainFigures(task).map(IntervalFigure.metric), classes: [], others: [])
    } catch let error as InputError where error.kind == .data {
      return ReportSection(
        id, title, [.text("The differences are not tested: \(error.subject): \(error.problem).")])
    }
    guard let statistics else { return nil }
    let keys = content.mainFigures(task).map { ($0, content.title($0, task)) }
    return ReportSection(
      id, title,
      lead:
        "Differences are taken on the same patches, in points (hundredths), with their 95 % intervals from resampling "
        + "\(statistics.noun.counted(statistics.clusters)). A p-value is the probability of a difference at least as large "
        + "where there is none; Holm's correction allows for the number of comparisons.",
      sentences(statistics, keys).map { .text($0) } + [.table(values(statistics, keys))]
        + [.table(differences(statistics, keys))])
  }

  /// The run with the figures of the report's predictions in the place of its test.
  private static func compared(_ subject: Subject) -> ComparedRun {
    var run = subject.run.run
    run.result = TestRecord(
      [], split: subject.run.split.rawValue, patches: PatchRecord(count: subject.table.count),
      metrics: subject.metrics)
    return run
  }

  private static func inference(_ subjects: [Subject]) -> ComparisonInference {
    let tables = Dictionary(
      subjects.map { ($0.run.run.folder, $0.table) }, uniquingKeysWith: { first, _ in first })
    return ComparisonInference(predictions: { tables[$0.folder] })
  }

  /// One sentence for each other run, about the first figure.
  private static func sentences(
    _ statistics: ComparisonStatistics, _ keys: [(key: MetricKey, title: String)]
  ) -> [String] {
    let base = statistics.experiments[statistics.base].title
    return statistics.others.map { other in
      DifferenceText.sentence(
        statistics.difference(.metric(keys[0].key), other),
        "\(statistics.experiments[other].title) against \(base)", figure: keys[0].title,
        clusters: statistics.noun.counted(statistics.clusters), noun: statistics.noun) + "."
    }
  }

  private static func values(
    _ statistics: ComparisonStatistics, _ keys: [(key: MetricKey, title: String)]
  ) -> ReportTable {
    ReportTable(
      "comparison-values", title: "Values",
      columns: [.init("Run", isNumber: false)] + keys.map { .init($0.title) },
      rows: statistics.experiments.indices.map { experiment in
        [ReportCell(statistics.experiments[experiment].title)]
          + keys.map { key, _ in
            let estimate = statistics.estimate(.metric(key), ofExperiment: experiment)
            var cell = ReportCell("comparison.\(experiment).\(key.rawValue)", estimate.value)
            cell.bar = estimate.value.map { .init(value: $0, interval: estimate.range) }
            cell.detail = estimate.rangeText
            return cell
          }
      })
  }

  private static func differences(
    _ statistics: ComparisonStatistics, _ keys: [(key: MetricKey, title: String)]
  ) -> ReportTable {
    let base = statistics.experiments[statistics.base].title
    return ReportTable(
      "comparison-differences", title: "Differences from \(base)",
      columns: [
        .init("Run", isNumber: false), .init("Figure", isNumber: false), .init("Points"), .init("p"),
        .init("p, Holm"), .init("In words", isNumber: false),
      ],
      rows: statistics.others.flatMap { other in
        keys.map { key, title in
          let found = statistics.difference(.metric(key), other)
          return [
            ReportCell(statistics.experiments[other].title), ReportCell(title),
            ReportCell(DifferenceText.points(found.difference)),
            ReportCell(DifferenceText.pValue(found.difference.pValue)),
            ReportCell(DifferenceText.pValue(found.corrected)),
            ReportCell(DifferenceText.word(found.finding)),
          ]
        }
      },
      notes: statistics.hasIntervals
        ? []
        : [
          "Not tested: \(IntervalAbsence.fewClusters(statistics.clusters).text(statistics.noun))."
        ])
  }
}
