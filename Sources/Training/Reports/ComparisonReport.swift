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

  /// Table 3: OA, AA, CWA of every class and the other figures on the test split; a column a run.
  public var test: TextTable {
    let support = runs.compactMap(\.test).first?.classes
    let classes = runs[0].classes.enumerated().map { index, name in
      ["CWA \(name)" + (support.map { " (\(NumberText.grouped($0[index].support)))" } ?? "")]
        + cells(\.test) { Figures.metric($0.classes[index].classWiseAccuracy, of: $0.classes[index]) }
    }
    let paper: [MetricKey] = [.overallAccuracy, .averageAccuracy]
    return table(
      description + [["Patches"] + cells(\.test) { NumberText.grouped($0.samples) }]
        + paper.map { row($0, \.test) } + classes
        + MetricKey.allCases.filter { !paper.contains($0) }.map { row($0, \.test) })
  }

  /// Table 4: losses and figures of training and validation at the best epoch; a column a run.
  public var training: TextTable {
    func perRun(_ title: String, _ cell: (RunSummary) -> String?) -> [String] {
      [title] + runs.map { cell($0) ?? Figures.missing }
    }
    var rows = description
    rows.append(perRun("Epochs") { "\($0.completedEpochs)/\($0.epochs)" })
    rows.append(perRun("Best epoch") { $0.best.map { "\($0.epoch)" } })
    rows.append(perRun("Training loss") { $0.best.map { Figures.metric($0.trainLoss) } })
    rows.append(perRun("Validation loss") { $0.best.map { Figures.metric($0.validationLoss) } })
    if runs.contains(where: { $0.best?.train != nil }) {
      rows += MetricKey.allCases.map { row($0, \.best?.train, "Training ") }
    }
    rows += MetricKey.allCases.map { row($0, \.best?.validation, "Validation ") }
    rows.append(perRun("Time") { NumberText.duration($0.seconds) })
    rows.append(perRun("Images/s") { NumberText.rate($0.imagesPerSecond) })
    return table(rows)
  }

  /// Both tables as text, with what the paper's names mean.
  public var text: String {
    document {
      "\($0)\n\n"
    } table: {
      $0.text
    }
  }

  /// Both tables as Markdown.
  public var markdown: String {
    document {
      "### \($0)\n\n"
    } table: {
      $0.markdown
    }
  }

  /// All summaries, as a JSON array.
  public var json: Data { get throws { try ReportJSON.encode(runs) } }

  private func document(heading: (String) -> String, table: (TextTable) -> String) -> String {
    let notes = PaperMetric.notes(task).map { "- \($0)\n" }.joined()
    let unfinished = runs.filter { !$0.finished }.map(\.name)
    let warning = unfinished.isEmpty ? "" : "- not finished: \(unfinished.joined(separator: ", "))\n"
    return heading("Test") + table(test) + "\n" + heading("Training and validation (best epoch)")
      + table(training) + "\n" + notes + warning
  }

  private var description: [[String]] {
    [
      ["Fusion"] + runs.map(\.fusion),
      ["Sensors"] + runs.map { $0.sensors.joined(separator: " + ") },
      ["Network"] + runs.map(\.architecture),
      ["Parameters"] + runs.map { NumberText.grouped($0.parameters) },
    ]
  }

  private func table(_ rows: [[String]]) -> TextTable {
    TextTable(columns: [.init("", .left)] + runs.map { .init($0.name, .right) }, rows: rows)
  }

  private func cells(
    _ metrics: (RunSummary) -> ClassificationMetrics?, _ cell: (ClassificationMetrics) -> String
  ) -> [String] {
    runs.map { metrics($0).map(cell) ?? Figures.missing }
  }

  private func row(
    _ key: MetricKey, _ metrics: (RunSummary) -> ClassificationMetrics?, _ prefix: String = ""
  ) -> [String] {
    [prefix + key.title] + cells(metrics) { Figures.metric($0[key]) }
  }
}
