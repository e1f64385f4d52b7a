import Basics
import Metrics
import Presentation

/// The tables of classes of an evaluation, and notes on some classes.
extension EvaluationReport {
  /// One row for each class, the lowest F1 first, with a bar for F1.
  var classTable: TextTable { classTable(isWhole: false) }

  /// The same with the paper's CWA.
  var wholeClassTable: TextTable { classTable(isWhole: true) }

  /// Characters of the longest bar.
  private static let barCells = 8

  private func classTable(isWhole: Bool) -> TextTable {
    let figures = ["support", "predicted", "precision", "recall", "F1"] + (isWhole ? ["CWA"] : [])
    return TextTable(
      columns: [.init("class", .left)] + figures.map { .init($0, .right) } + [.init("", .left)],
      rows: worstFirst.map { report in
        let values =
          [report.precision, report.recall, report.f1]
          + (isWhole ? [report.classWiseAccuracy(metrics.task)] : [])
        return [report.name, NumberText.grouped(report.support), NumberText.grouped(report.predicted)]
          + values.map { Figures.metric($0, decimals: 3) }
          + [TextStyle.plain.bar(report.f1 ?? 0, cells: Self.barCells)]
      })
  }

  /// Classes in ascending order of F1; of equal F1, the more frequent first. Classes without any patch come last.
  private var worstFirst: [ClassReport] {
    metrics.classes.sorted { ($0.f1 ?? 2, -$0.support) < ($1.f1 ?? 2, -$1.support) }
  }

  /// Single-label: per cent of the patches of each true class (row) that are predicted as each class (column).
  ///
  /// A column is titled with the number of its class. With 10 classes the table is 60 characters wide, with 17 at
  /// least 80.
  var confusionTable: TextTable? {
    guard let matrix = metrics.normalisedConfusion else { return nil }
    let numbers = metrics.classes.indices.map { Self.padded("\($0 + 1)", to: 2) }
    let rows = zip(metrics.classes, matrix).enumerated().map { index, row in
      TextTable.Row(["\(numbers[index]) \(row.0.name)"] + row.1.map(Self.percent), bold: [index + 1])
    }
    return TextTable(
      columns: [.init("true \\ predicted, %", .left)]
        + numbers.map { .init(Self.padded($0, to: 3), .right) },
      sections: [.init("", rows)], gap: 1)
  }

  private static func padded(_ text: String, to count: Int) -> String {
    String(repeating: " ", count: max(count - text.count, 0)) + text
  }

  /// A share in whole per cent; a dot for none at all.
  private static func percent(_ share: Double?) -> String {
    guard let share else { return Figures.missing }
    return share == 0 ? "·" : NumberText.fixed(share * 100, 0)
  }

  /// Facts that the tables alone do not show.
  var notes: [String] { [neverPredicted, absent, undefinedJaccard].compactMap { $0 } }

  private var neverPredicted: String? {
    let classes = worstFirst.filter { $0.occurs && $0.predicted == 0 }
    guard !classes.isEmpty else { return nil }
    let isOne = classes.count == 1
    let highest = classes.compactMap { $0.highestProbability.map { NumberText.fixed(Double($0), 3) } }
    return Self.list(classes.map { shownName($0.name) }) + (isOne ? " is" : " are") + " never predicted"
      + (highest.count < classes.count
        ? ""
        : "; \(isOne ? "its highest probability is" : "their highest probabilities are") \(Self.list(highest))")
  }

  private var absent: String? {
    let names = metrics.classes.filter { !$0.occurs }.map { shownName($0.name) }
    guard !names.isEmpty else { return nil }
    return "no patch has \(Self.list(names, "or")): there is no recall and no F1, and macro averages count 0"
  }

  private var undefinedJaccard: String? {
    let count = metrics.samplesWithoutClasses
    guard count > 0 else { return nil }
    return "\(NumberText.count(count, "patch has", "patches have")) neither a true nor a predicted class: "
      + "their Jaccard index is 0/0, so there is no mean"
  }

  /// "a", "a and b", "a, b and c".
  private static func list(_ names: [String], _ word: String = "and") -> String {
    names.count < 2
      ? names.joined() : names.dropLast().joined(separator: ", ") + " \(word) " + names[names.count - 1]
  }
}
