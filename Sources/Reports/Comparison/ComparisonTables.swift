import Experiments
import Metrics
import Presentation
import Training

/// The tables of a comparison, with a column for each run.
struct ComparisonTables {
  private let runs: [ComparedRun]
  private let titles: [String]
  /// All runs of the group, also the runs in other tables. The best figure of a row is the best of the group.
  private let group: [ComparedRun]
  private let content: ComparisonReport.Content

  init(_ runs: [ComparedRun], _ titles: [String], _ group: [ComparedRun], _ content: ComparisonReport.Content)
  {
    (self.runs, self.titles, self.group, self.content) = (runs, titles, group, content)
  }

  /// The figures that come first.
  private var mainFigures: [MetricKey] {
    if content.isPaper { return [.overallAccuracy, .averageAccuracy, .microF1, .macroF1] }
    return group[0].summary.task == .multi
      ? [.microF1, .macroF1, .jaccardSample] : [.subsetAccuracy, .macroF1, .macroRecall]
  }

  /// The networks and what differs between their configurations, the main figures on the test split, and a figure
  /// of each class.
  var test: TextTable {
    var sections: [TextTable.Section] = [
      .init("", network + differences + tested),
      .init("Main figures", mainFigures.map { row(title($0), { $0.result?.metrics }, $0) }),
      .init(content.isPaper ? "CWA of each class (patches)" : "F1 of each class (patches)", classes),
    ]
    if content.hasAllFigures {
      let others = MetricKey.allCases.filter { !mainFigures.contains($0) }
      sections.append(
        .init("Other figures", others.map { row($0.title, { $0.result?.metrics }, $0) }))
    }
    return table(sections)
  }

  /// Losses and main figures of training and validation at the best epoch.
  var training: TextTable {
    var sections: [TextTable.Section] = [
      .init(
        "",
        [
          plain("Epochs") {
            $0.summary.epochs == 0 ? nil : "\($0.summary.completedEpochs)/\($0.summary.epochs)"
          },
          plain("Best epoch") { $0.summary.best.map { "\($0.epoch)" } },
          plain("Time") { $0.summary.epochs == 0 ? nil : NumberText.duration($0.summary.seconds) },
          plain("Patches/s") { $0.summary.epochs == 0 ? nil : NumberText.rate($0.summary.imagesPerSecond) },
        ])
    ]
    if group.contains(where: { $0.summary.best?.train != nil }) {
      sections.append(split("Training", { $0.best?.trainLoss }, { $0.best?.train }))
    }
    sections.append(split("Validation", { $0.best?.validationLoss }, { $0.best?.validation }))
    return table(sections)
  }

  private func split(
    _ title: String, _ loss: (RunSummary) -> Double?, _ metrics: (RunSummary) -> ClassificationMetrics?
  ) -> TextTable.Section {
    .init(
      title,
      [ranked("Loss", isError: true, format: NumberText.loss) { loss($0.summary) }]
        + mainFigures.map { row(self.title($0), { metrics($0.summary) }, $0) })
  }

  private var network: [TextTable.Row] {
    [
      plain("Fusion") { $0.summary.fusion },
      plain("Sensors") { $0.summary.sensors.joined(separator: " + ") },
      plain("Network") { $0.summary.architecture },
      plain("Parameters") { NumberText.fixed(Double($0.summary.parameters) / 1e6, 1) + " M" },
    ]
  }

  /// Keys whose values differ between the runs, without a value where a key has no effect. Keys that have rows anyway, or that
  /// do not change results, are left out.
  private var differences: [TextTable.Row] {
    let own: Set = ["name", "model.fusion", "model.sensors", "model.architecture"]
    return ExperimentKey.all.filter { !own.contains($0.path) && $0.mustMatch.onResume }
      .compactMap { key in
        let texts = Set(group.compactMap(\.experiment).map(key.text))
        return texts.count < 2
          ? nil : plain(key.path) { $0.experiment.flatMap(key.effectiveText)?.cut(to: 24) }
      }
  }

  private var tested: [TextTable.Row] {
    [
      plain("Tested epoch") { run in
        let epochs = run.result?.checkpoints.map { "\($0.epoch)" } ?? []
        return epochs.isEmpty ? nil : epochs.joined(separator: " + ")
      }
    ]
  }

  private var classes: [TextTable.Row] {
    let support = group.compactMap(\.result).first?.metrics.classes.map(\.support)
    return group[0].summary.classes.enumerated().map { index, name in
      let title = name + (support.map { " (\(NumberText.grouped($0[index])))" } ?? "")
      // A class without patches has no best run.
      return ranked(title, isMarked: support.map { $0[index] > 0 } ?? false) { run in
        guard let metrics = run.result?.metrics, metrics.classes.indices.contains(index) else { return nil }
        let report = metrics.classes[index]
        return content.isPaper ? report.classWiseAccuracy(metrics.task) : report.f1
      }
    }
  }

  private func title(_ key: MetricKey) -> String {
    switch key {
    case .subsetAccuracy where group[0].summary.task == .single: "Accuracy"
    case .overallAccuracy: "OA"
    case .averageAccuracy: "AA"
    default: key.title
    }
  }

  private func table(_ sections: [TextTable.Section]) -> TextTable {
    TextTable(columns: [.init("", .left)] + titles.map { .init($0, .right) }, sections: sections)
  }

  private func plain(_ title: String, _ cell: (ComparedRun) -> String?) -> TextTable.Row {
    .init([title] + runs.map { cell($0) ?? Figures.missing })
  }

  private func row(
    _ title: String, _ metrics: (ComparedRun) -> ClassificationMetrics?, _ key: MetricKey
  ) -> TextTable.Row {
    ranked(title, isError: key.isError) { metrics($0)?[key] }
  }

  /// One figure of every run. Each figure that reads like the best of the group is marked, unless all read alike.
  private func ranked(
    _ title: String, isError: Bool = false, isMarked: Bool = true,
    format: (Double) -> String = { Figures.metric($0) },
    _ value: (ComparedRun) -> Double?
  ) -> TextTable.Row {
    func known(_ run: ComparedRun) -> Double? { value(run).flatMap { $0.isNaN ? nil : $0 } }
    let all = group.compactMap(known)
    let best = (isError ? all.min() : all.max()).map(format)
    let isTie = Set(all.map(format)).count < 2
    let texts = runs.map { known($0).map(format) ?? Figures.missing }
    let marked = isTie || !isMarked ? [] : texts.indices.filter { texts[$0] == best }.map { $0 + 1 }
    return .init([title] + texts, marked: Set(marked))
  }
}
