import Basics
import Metrics
import Presentation

extension ReportSection {
  /// The runs beside the first on the same patches; nil for one run.
  /// - Throws: `InputError` (environment) when the system refuses threads.
  static func comparison(_ subjects: [Subject]) throws -> ReportSection? {
    guard subjects.count > 1 else { return nil }
    let first = subjects[0]
    if let stranger = subjects.first(where: { !$0.table.hasPatches(of: first.table) }) {
      return ReportSection(
        "comparison", "The runs compared",
        [
          .text(
            "\(stranger.title) and \(first.title) were evaluated on other patches, so their difference is not tested."
          )
        ])
    }
    let figures: [IntervalFigure] = [.metric(first.run.mainFigure), .metric(.macroF1)]
    let others = Array(subjects.indices.dropFirst())
    let bootstrap = try ClusterBootstrap(
      subjects: subjects.map { [try ClusterCounts($0.table)] }, pairs: others.map { ($0, 0) },
      figures: figures)
    let names = [first.run.mainFigureName, "macro-F1"]
    let tables = zip(figures, names).map { figure, name in
      table(subjects, bootstrap, figure, name)
    }
    return ReportSection(
      "comparison", "The runs compared",
      lead:
        "Differences are taken on the same patches, and resampled by \(first.run.placeNoun). A p-value is the probability "
        + "of a difference at least as large where there is none, corrected for the number of runs (Holm).",
      tables.map { .table($0) })
  }

  private static func table(
    _ subjects: [Subject], _ bootstrap: ClusterBootstrap, _ figure: IntervalFigure, _ name: String
  ) -> ReportTable {
    let noun = subjects[0].run.placeNoun
    let differences = subjects.indices.dropFirst().map { bootstrap.difference(figure, of: $0, from: 0) }
    let tested = differences.indices.filter { differences[$0].pValue != nil }
    let corrected = Dictionary(
      uniqueKeysWithValues: zip(tested, Holm.corrected(tested.map { differences[$0].pValue ?? 1 })))
    let rows = subjects.map { subject -> [ReportCell] in
      let estimate = bootstrap.estimate(figure, of: subject.place)
      var score = ReportCell("comparison.\(subject.place).\(name)", estimate.value)
      score.bar = estimate.value.map { .init(value: $0, interval: estimate.range) }
      score.detail = estimate.rangeText
      guard subject.place > 0 else {
        return [
          ReportCell(subject.title), score, ReportCell(Figures.missing), ReportCell(Figures.missing),
          ReportCell("the run that the others are compared with"),
        ]
      }
      let difference = differences[subject.place - 1]
      let pValue = corrected[subject.place - 1]
      var change = ReportCell(difference.value.map(Verdict.signed) ?? Figures.missing)
      change.detail = difference.interval.map { "\(Verdict.signed($0.low)) to \(Verdict.signed($0.high))" }
      return [
        ReportCell(subject.title), score, change, ReportCell(pValue.map(pText) ?? Figures.missing),
        ReportCell(words(difference, pValue, noun)),
      ]
    }
    return ReportTable(
      "comparison-\(name.lowercased())", title: name.prefix(1).uppercased() + name.dropFirst(),
      columns: [
        .init("Run", isNumber: false), .init("Value"), .init("Difference from \(subjects[0].title)"),
        .init("p (Holm)"), .init("In words", isNumber: false),
      ], rows: rows)
  }

  private static func words(_ difference: PairedDifference, _ pValue: Double?, _ noun: String) -> String {
    guard let value = difference.value else { return "the figure does not exist" }
    guard let pValue else { return "not tested: \(difference.absence?.text(ClusterNoun(noun)) ?? "no interval")" }
    return pValue > 0.05 ? "not distinguishable" : value > 0 ? "better" : "worse"
  }

  private static func pText(_ value: Double) -> String {
    value < 0.001 ? "<0.001" : NumberText.fixed(value, 3)
  }
}

extension PredictionTable {
  /// Whether the other table has the same patches, clusters and truth.
  fileprivate func hasPatches(of other: PredictionTable) -> Bool {
    ids == other.ids && clusters == other.clusters && truth == other.truth
  }
}
