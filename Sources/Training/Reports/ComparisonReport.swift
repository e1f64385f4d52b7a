import Foundation
import Tensors

/// The paper's Table 3 (test) and Table 4 (training and validation) for any number of runs.
public struct ComparisonReport: Sendable {
  public let runs: [RunSummary]

  /// - Throws: `InputError` (usage) for runs that cannot be compared: other labels, other classes.
  public init(_ runs: [RunSummary]) throws {
    guard let first = runs.first else {
      throw InputError(.usage, "compare", "no run is given", remedy: "name at least one run folder")
    }
    for run in runs.dropFirst() where run.task != first.task || run.classes != first.classes {
      throw InputError(
        .usage, run.name,
        "its labels (\(Self.labels(run))) are not those of \(first.name) (\(Self.labels(first)))",
        remedy: "compare runs of the same label type and scheme")
    }
    self.runs = runs
  }

  private static func labels(_ run: RunSummary) -> String {
    "\(run.task.rawValue), \(run.classes.count) classes"
  }

  private var task: ClassificationTask { runs[0].task }

  /// The figures that come first.
  private static let mainFigures: [MetricKey] = [.overallAccuracy, .averageAccuracy, .microF1, .macroF1]

  /// Table 3: the main figures on the test split, CWA of every class, then the other figures; a column a run.
  public var test: TextTable {
    let others = MetricKey.allCases.filter { !Self.mainFigures.contains($0) }
    return table([
      .init(
        "", network + [plain("Patches") { $0.results.last.map { NumberText.grouped($0.metrics.samples) } }]),
      .init("Main figures", Self.mainFigures.map { row($0) { $0.results.last?.metrics } }),
      .init("CWA of each class (patches that have it)", classes),
      .init("Other figures", others.map { row($0) { $0.results.last?.metrics } }),
    ])
  }

  /// Table 4: losses and main figures of training and validation at the best epoch; a column a run.
  public var training: TextTable {
    var sections: [TextTable.Section] = [
      .init(
        "",
        [
          plain("Epochs") { "\($0.completedEpochs)/\($0.epochs)" },
          plain("Best epoch") { $0.best.map { "\($0.epoch)" } },
          plain("Time") { NumberText.duration($0.seconds) },
          plain("Patches/s") { NumberText.rate($0.imagesPerSecond) },
        ])
    ]
    if runs.contains(where: { $0.best?.train != nil }) {
      sections.append(split("Training", \.best?.trainLoss, \.best?.train))
    }
    sections.append(split("Validation", \.best?.validationLoss, \.best?.validation))
    return table(sections)
  }

  private func split(
    _ title: String, _ loss: (RunSummary) -> Double?, _ metrics: (RunSummary) -> ClassificationMetrics?
  ) -> TextTable.Section {
    .init(
      title,
      [ranked("Loss", runs.map(loss), isError: true)] + Self.mainFigures.map { row($0, metrics) })
  }

  /// Both tables as text, with what the paper's names mean.
  public var text: String { document(heading: { "\($0)\n\n" }, table: \.text, mark: "*") }

  /// Both tables as Markdown.
  public var markdown: String { document(heading: { "### \($0)\n\n" }, table: \.markdown, mark: "bold") }

  /// All summaries, as a JSON array.
  public var json: Data { get throws { try ReportJSON.encode(runs) } }

  private func document(
    heading: (String) -> String, table: (TextTable) -> String, mark: String
  ) -> String {
    let legend = runs.count > 1 ? ["\(mark): the best of the row"] : []
    let unfinished = runs.filter { !$0.finished }.map(\.name)
    let warning = unfinished.isEmpty ? [] : ["not finished: \(unfinished.joined(separator: ", "))"]
    let notes = legend + PaperMetric.notes(task) + warning
    return heading("Test") + table(test) + "\n" + heading("Training and validation, best epoch")
      + table(training) + "\n" + notes.map { "- \($0)\n" }.joined()
  }

  private var network: [TextTable.Row] {
    [
      plain("Fusion") { $0.fusion },
      plain("Sensors") { $0.sensors.joined(separator: " + ") },
      plain("Network") { $0.architecture },
      plain("Parameters") { NumberText.grouped($0.parameters) },
    ]
  }

  private var classes: [TextTable.Row] {
    let support = runs.compactMap { $0.results.last?.metrics }.first?.classes.map(\.support)
    return runs[0].classes.enumerated().map { index, name in
      let title = name + (support.map { " (\(NumberText.grouped($0[index])))" } ?? "")
      let reports = runs.map { $0.results.last?.metrics.classes[index] }
      // A class that no patch has cannot be told well or badly.
      guard reports.allSatisfy({ $0?.occurs ?? true }) else {
        return .init(
          [title] + reports.map { Figures.metric($0?.classWiseAccuracy(task)) })
      }
      return ranked(title, reports.map { $0?.classWiseAccuracy(task) })
    }
  }

  private func table(_ sections: [TextTable.Section]) -> TextTable {
    TextTable(columns: [.init("", .left)] + runs.map { .init($0.name, .right) }, sections: sections)
  }

  private func plain(_ title: String, _ cell: (RunSummary) -> String?) -> TextTable.Row {
    .init([title] + runs.map { cell($0) ?? Figures.missing })
  }

  private func row(
    _ key: MetricKey, _ metrics: (RunSummary) -> ClassificationMetrics?
  ) -> TextTable.Row {
    ranked(key.title, runs.map { metrics($0)?[key] }, isError: key.isError)
  }

  /// One figure of every run; the best is marked, and all that read the same, unless all do.
  private func ranked(_ title: String, _ values: [Double?], isError: Bool = false) -> TextTable.Row {
    let texts = values.map { Figures.metric($0) }
    let known = zip(values, texts).compactMap { value, text in
      value.flatMap { $0.isNaN ? nil : (value: $0, text: text) }
    }
    let best = isError ? known.min { $0.value < $1.value } : known.max { $0.value < $1.value }
    let isTie = Set(known.map(\.text)).count < 2
    let marked = isTie ? [] : texts.indices.filter { texts[$0] == best?.text }.map { $0 + 1 }
    return .init([title] + texts, marked: Set(marked))
  }
}
