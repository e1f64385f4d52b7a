import Experiments
import Metrics
import Presentation
import Training

/// The tables of a comparison with a column for each run.
struct ComparisonTables {
  /// Runs that can be compared. The best figure of a row is the best of the group.
  let group: [ComparedRun]
  /// Titles of all runs of the group.
  let titles: [String]
  /// Intervals of the tests; nil for none.
  var statistics: ComparisonStatistics?
  let content: ComparisonReport.Content

  /// The networks and what differs between their configurations, the main figures on the test split, and a figure
  /// of each class.
  /// - Parameter columns: positions of the runs to show.
  func test(_ columns: Range<Int>) -> TextTable {
    let main = content.mainFigures(task)
    var sections: [TextTable.Section] = [
      .init("", network(columns) + differences(columns) + tested(columns)),
      .init("Main figures", main.map { row(columns, $0) }),
      .init(content.classTitle + " of each class (patches)", classes(columns)),
    ]
    if content.hasAllFigures {
      let others = MetricKey.allCases.filter { !main.contains($0) }
      sections.append(.init("Other figures", others.map { row(columns, $0, title: $0.title) }))
    }
    return table(columns, sections)
  }

  /// Losses and main figures of training and validation at the best epoch.
  func training(_ columns: Range<Int>) -> TextTable {
    var sections: [TextTable.Section] = [
      .init(
        "",
        [
          plain(columns, "Epochs") {
            $0.summary.epochs == 0 ? nil : "\($0.summary.completedEpochs)/\($0.summary.epochs)"
          },
          plain(columns, "Best epoch") { $0.summary.best.map { "\($0.epoch)" } },
          plain(columns, "Time") { $0.summary.epochs == 0 ? nil : NumberText.duration($0.summary.seconds) },
          plain(columns, "Patches/s") {
            $0.summary.epochs == 0 ? nil : NumberText.rate($0.summary.imagesPerSecond)
          },
        ])
    ]
    if group.contains(where: { $0.summary.best?.train != nil }) {
      sections.append(split(columns, "Training", { $0.best?.trainLoss }, { $0.best?.train }))
    }
    sections.append(split(columns, "Validation", { $0.best?.validationLoss }, { $0.best?.validation }))
    return table(columns, sections)
  }

  private func split(
    _ columns: Range<Int>, _ title: String, _ loss: (RunSummary) -> Double?,
    _ metrics: (RunSummary) -> ClassificationMetrics?
  ) -> TextTable.Section {
    .init(
      title,
      [
        ranked(columns, Ranking(title: "Loss", isError: true, format: NumberText.loss)) {
          loss(group[$0].summary)
        }
      ]
        + content.mainFigures(task).map { key in
          ranked(columns, Ranking(title: content.title(key, task), isError: key.isError)) {
            metrics(group[$0].summary)?[key]
          }
        })
  }

  private var task: ClassificationTask { group[0].summary.task }

  private func network(_ columns: Range<Int>) -> [TextTable.Row] {
    [
      plain(columns, "Fusion") { $0.summary.fusion },
      plain(columns, "Sensors") { $0.summary.sensors.joined(separator: " + ") },
      plain(columns, "Network") { $0.summary.architecture },
      plain(columns, "Parameters") { NumberText.fixed(Double($0.summary.parameters) / 1e6, 1) + " M" },
    ]
  }

  /// Keys whose values differ between the runs, without a value where a key has no effect. Keys that have rows anyway, or that
  /// do not change results, are left out.
  private func differences(_ columns: Range<Int>) -> [TextTable.Row] {
    let own: Set = ["name", "model.fusion", "model.sensors", "model.architecture"]
    return ExperimentKey.all.filter { !own.contains($0.path) && $0.mustMatch.onResume }
      .compactMap { key in
        let texts = Set(group.compactMap(\.experiment).map(key.text))
        return texts.count < 2
          ? nil : plain(columns, key.path) { $0.experiment.flatMap(key.effectiveText)?.cut(to: 24) }
      }
  }

  private func tested(_ columns: Range<Int>) -> [TextTable.Row] {
    [
      plain(columns, "Tested epoch") { run in
        let epochs = run.result?.checkpoints.map { "\($0.epoch)" } ?? []
        return epochs.isEmpty ? nil : epochs.joined(separator: " + ")
      }
    ]
  }

  private func classes(_ columns: Range<Int>) -> [TextTable.Row] {
    let support = group.compactMap(\.result).first?.metrics.classes.map(\.support)
    return group[0].summary.classes.enumerated().map { index, name in
      let title = name + (support.map { " (\(NumberText.grouped($0[index])))" } ?? "")
      // A class without patches has no best run.
      let figure = content.classFigure(index, task)
      return ranked(
        columns, Ranking(title: title, figure: figure, isMarked: support.map { $0[index] > 0 } ?? false)
      ) { run in
        guard let metrics = group[run].result?.metrics, metrics.classes.indices.contains(index) else {
          return nil
        }
        return figure.value(in: metrics)
      }
    }
  }

  private func table(_ columns: Range<Int>, _ sections: [TextTable.Section]) -> TextTable {
    TextTable(
      columns: [.init("", .left)] + columns.map { .init(titles[$0], .right) }, sections: sections)
  }

  private func plain(
    _ columns: Range<Int>, _ title: String, _ cell: (ComparedRun) -> String?
  ) -> TextTable.Row {
    .init([title] + group[columns].map { cell($0) ?? Figures.missing })
  }

  private func row(_ columns: Range<Int>, _ key: MetricKey, title: String? = nil) -> TextTable.Row {
    let ranking = Ranking(
      title: title ?? content.title(key, task), isError: key.isError, figure: .metric(key))
    return ranked(columns, ranking) { group[$0].result?.metrics[key] }
  }

  /// How a row is printed.
  private struct Ranking {
    let title: String
    var isError = false
    /// The figure, where the row may have intervals.
    var figure: IntervalFigure?
    /// Whether the best run is marked.
    var isMarked = true
    var format: (Double) -> String = { Figures.metric($0) }
  }

  /// One figure of every run. Each figure that reads like the best of the group is marked, unless all read alike.
  private func ranked(_ columns: Range<Int>, _ ranking: Ranking, _ value: (Int) -> Double?) -> TextTable.Row {
    func known(_ run: Int) -> Double? { value(run).flatMap { $0.isNaN ? nil : $0 } }
    let all = group.indices.compactMap(known)
    let best = (ranking.isError ? all.min() : all.max()).map(ranking.format)
    let isTie = Set(all.map(ranking.format)).count < 2
    let texts = columns.map { known($0).map(ranking.format) ?? Figures.missing }
    let marked =
      isTie || !ranking.isMarked ? [] : texts.indices.filter { texts[$0] == best }.map { $0 + 1 }
    let cells = zip(texts, columns).map { text, run in text + (ranking.figure.map { interval($0, run) } ?? "")
    }
    return .init([ranking.title] + cells, marked: Set(marked))
  }

  /// " ±0.0213", or as many spaces in a table where other figures have intervals.
  private func interval(_ figure: IntervalFigure, _ run: Int) -> String {
    guard let statistics, statistics.hasIntervals else { return "" }
    let text = statistics.estimate(figure, ofRun: run)?.interval.map { " ±" + Figures.metric($0.halfWidth) }
    return text ?? String(repeating: " ", count: 8)
  }
}
