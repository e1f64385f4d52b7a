import Imagery
import Metrics
import Presentation
import Training

/// Runs whose tests can be compared, with what is known of their differences.
struct ComparisonGroup: Sendable {
  let runs: [ComparedRun]
  let titles: [String]
  /// nil where no run has predictions, or none are wanted.
  let statistics: ComparisonStatistics?
  /// Experiments with several seeds, of tested runs.
  let repeated: [ComparedExperiment]
  let content: ComparisonReport.Content

  /// - Throws: `InputError`, see `ComparisonStatistics.init`.
  init(
    _ runs: [ComparedRun], _ titles: [String], _ content: ComparisonReport.Content,
    _ inference: ComparisonInference?
  ) throws {
    (self.runs, self.titles, self.content) = (runs, titles, content)
    let tested = runs.indices.filter { runs[$0].result != nil }
    repeated = ComparedExperiment.gathered(runs, tested, titles).filter { $0.runs.count > 1 }
    let task = runs[0].summary.task
    let main = content.mainFigures(task).map(IntervalFigure.metric)
    let classes = runs[0].summary.classes.indices.map { content.classFigure($0, task) }
    let others = content.hasAllFigures ? MetricKey.allCases.map(IntervalFigure.metric) : []
    statistics = try inference.flatMap {
      try ComparisonStatistics(runs, titles, $0, main: main, classes: classes, others: others)
    }
  }

  private var task: ClassificationTask { runs[0].summary.task }

  var published: PublishedFigures {
    PublishedFigures(runs.compactMap(\.experiment).first?.manifest, task)
  }

  /// The tables about tests, in their order.
  var parts: [ComparisonPart] {
    let tables = ComparisonTables(group: runs, titles: titles, statistics: statistics, content: content)
    var parts = [ComparisonPart(heading, columns: runs.count, tables.test)]
    if let statistics, !statistics.others.isEmpty {
      let differences = DifferenceTables(
        statistics: statistics, content: content, classes: runs[0].summary.classes, task: task)
      let base = statistics.experiments[statistics.base].title
      parts += [
        ComparisonPart("Differences from \(base), in points (hundredths)") { differences.main },
        ComparisonPart(
          "\(content.classTitle) of each class: differences from \(base), in points",
          columns: statistics.others.count, differences.byClass),
      ]
    }
    if !repeated.isEmpty {
      let seeds = SeedTable(group: runs, experiments: repeated, content: content)
      parts.append(
        ComparisonPart(
          "Several seeds of one experiment, mean ± standard deviation", columns: repeated.count, seeds.table))
    }
    if !published.comparable.isEmpty, runs.contains(where: { $0.result != nil }) {
      parts.append(
        ComparisonPart("Published figures, and those of the tests", columns: runs.count) {
          published.table(runs, titles, $0)
        })
    }
    return parts
  }

  private var heading: String {
    let patches = runs.compactMap(\.result).first?.patches
    return "Test" + (patches.map { ", \(NumberText.count($0.count, "patch", "patches"))" } ?? "")
      + (statistics.map { $0.arePatches ? "" : " of \($0.clusterText)" } ?? "")
  }

  // MARK: Notes

  /// Sentences on differences, intervals and published figures.
  /// - Parameter mark: how a marked cell looks.
  func notes(mark: String) -> [String] {
    (statistics.map { findings($0) + notes($0, mark) } ?? []) + published.notes
  }

  /// The command that gives intervals to tested runs without predictions.
  var predictionNotes: [String] {
    let without = runs.indices.filter { run in
      runs[run].result != nil && !(statistics?.runs.contains(run) ?? false)
    }
    return without.map { run in
      let folder = runs[run].folder
      return
        "no intervals: \(folder) keeps no predictions of this test → \(RunPredictions.command(folder, .test))"
    }
  }

  /// The first main figure of each experiment against the base, in words.
  private func findings(_ statistics: ComparisonStatistics) -> [String] {
    let key = content.mainFigures(task)[0]
    return statistics.others.map { experiment in
      DifferenceText.sentence(
        statistics.difference(.metric(key), experiment),
        "\(statistics.experiments[experiment].title) against \(statistics.experiments[statistics.base].title)",
        figure: content.title(key, task), clusters: statistics.clusterText, noun: statistics.noun)
    }
  }

  private func notes(_ statistics: ComparisonStatistics, _ mark: String) -> [String] {
    guard statistics.hasIntervals else {
      return ["no intervals: " + IntervalAbsence.fewClusters(statistics.clusters).text(statistics.noun)]
    }
    var notes = [
      "±: half of a 95 % interval, for all figures of tests; \(NumberText.grouped(statistics.resamples)) "
        + "resamples of the \(statistics.clusterText); the loss, training and validation have none"
    ]
    if statistics.arePatches {
      notes.append(
        "the data set names no clusters, so patches were resampled: if neighbours are alike, the intervals are "
          + "too short")
    }
    let rare = statistics.rareClasses
    if !rare.isEmpty {
      let names = rare.map { "\($0.name) (\(statistics.noun.counted($0.clusters)))" }.joined(separator: ", ")
      notes.append(
        "no interval of their own, for want of \(IntervalAbsence.fewestClusters) \(statistics.noun.many): "
          + "\(names); macro figures count them, so their intervals may be too short")
    }
    if statistics.hasFiguresWithoutSpread {
      notes.append(
        "a class without ± and with \(IntervalAbsence.fewestClusters) \(statistics.noun.many) or more: all of them, or too "
          + "many resamples, have the same figure")
    }
    if !statistics.others.isEmpty {
      let tests = [statistics.mainFigures, statistics.classFigures].map {
        NumberText.count(statistics.tests($0), "test", "tests")
      }
      notes.append(
        "p: that of no difference, on the same patches; Holm: corrected for the \(tests[0]) of the table; "
          + "distinguishable: at most 0.05")
      notes.append("\(mark) before a difference of a class: distinguishable, corrected for \(tests[1])")
    }
    return notes
  }
}
