import Metrics
import Presentation

/// The tables of a comparison that say what is known of differences, and how far seeds differ.
struct DifferenceTables {
  let statistics: ComparisonStatistics
  let content: ComparisonReport.Content
  let classes: [String]
  let task: ClassificationTask

  /// The main figures of each experiment less those of the base, with tests.
  var main: TextTable {
    let columns: [TextTable.Column] = [
      .init("", .left), .init("points", .right), .init("p", .right), .init("p, Holm", .right),
      .init("", .left),
    ]
    return TextTable(
      columns: columns,
      sections: statistics.others.map { experiment in
        TextTable.Section(
          statistics.experiments[experiment].title,
          content.mainFigures(task).map { key in
            let found = statistics.difference(.metric(key), experiment)
            return TextTable.Row([
              content.title(key, task), DifferenceText.points(found.difference),
              DifferenceText.pValue(found.difference.pValue), DifferenceText.pValue(found.corrected),
              DifferenceText.word(found.finding),
            ])
          })
      })
  }

  /// The figure of each class less that of the base. Differences that can be told from chance are marked.
  /// - Parameter columns: positions in `statistics.others`.
  func byClass(_ columns: Range<Int>) -> TextTable {
    let shown = columns.map { statistics.others[$0] }
    return TextTable(
      columns: [.init("", .left)] + shown.map { .init(statistics.experiments[$0].title, .right) },
      sections: [
        .init(
          "",
          classes.indices.map { k in
            let found = shown.map { statistics.difference(content.classFigure(k, task), $0) }
            let marked = found.indices.filter { [.better, .worse].contains(found[$0].finding) }
            return TextTable.Row(
              [classes[k]] + found.map { DifferenceText.points($0.difference) },
              marked: Set(marked.map { $0 + 1 }))
          })
      ])
  }
}

/// Mean and standard deviation over the seeds of experiments.
struct SeedTable {
  let group: [ComparedRun]
  /// Experiments of several runs.
  let experiments: [ComparedExperiment]
  let content: ComparisonReport.Content

  /// - Parameter columns: positions in `experiments`.
  func table(_ columns: Range<Int>) -> TextTable {
    let task = group[0].summary.task
    let shown = experiments[columns]
    func row(_ title: String, _ figure: IntervalFigure) -> TextTable.Row {
      .init(
        [title]
          + shown.map { experiment in
            experiment.spread(figure, in: group).map {
              "\(Figures.metric($0.mean)) ± \(Figures.metric($0.deviation))"
            } ?? Figures.missing
          })
    }
    let seeds = TextTable.Row(
      ["Seeds"]
        + shown.map { experiment in
          experiment.runs.map { "\(group[$0].summary.seed)" }.joined(separator: ", ").cut(to: 24)
        })
    return TextTable(
      columns: [.init("", .left)] + shown.map { .init($0.title, .right) },
      sections: [
        .init("", [seeds] + content.mainFigures(task).map { row(content.title($0, task), .metric($0)) }),
        .init(
          content.classTitle + " of each class",
          group[0].summary.classes.enumerated().map { row($1, content.classFigure($0, task)) }),
      ])
  }
}
