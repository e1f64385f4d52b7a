import Basics
import Foundation
import Metrics
import Presentation

/// Runs side by side: tests of their best checkpoints, F1 of each class, training and validation.
package struct ComparisonReport: Sendable {
  /// Which figures are shown.
  package struct Content: Sendable {
    /// Every figure of the tests.
    package var hasAllFigures: Bool
    /// The paper's Tables 3 and 4: OA and AA, and CWA instead of F1 of each class.
    package var isPaper: Bool

    package init(hasAllFigures: Bool = false, isPaper: Bool = false) {
      (self.hasAllFigures, self.isPaper) = (hasAllFigures, isPaper)
    }
  }

  package let runs: [ComparedRun]
  package let content: Content
  /// Groups of runs whose tests can be compared; one group unless the user asks to separate them.
  private let testGroups: [[ComparedRun]]
  /// Groups of runs whose validations can be compared.
  private let validationGroups: [[ComparedRun]]

  /// - Parameter separates: whether runs that cannot be compared get separate tables.
  /// - Throws: `InputError`: usage for no run; data for runs with other labels or classes, or tested on other
  ///   patches, unless they are to be separated.
  package init(_ runs: [ComparedRun], _ content: Content = Content(), separates: Bool = false) throws {
    guard !runs.isEmpty else {
      throw InputError(.usage, "compare", "no run is given", remedy: "name at least one run folder")
    }
    self.content = content
    let kinds = runs.grouped { $0.hasLabels(of: $1) }
    if kinds.count > 1 && !separates { throw ComparisonRefusal.labels(kinds) }
    let common = kinds.map(\.withCommonTests)
    self.runs = runs.map { run in
      common.joined().first { $0.folder == run.folder } ?? run
    }
    testGroups = common.flatMap { kind in
      let groups = kind.filter { $0.result != nil }.grouped { $0.isTested(as: $1) }
      return groups.count > 1 ? groups : [kind]
    }
    if testGroups.count > kinds.count && !separates {
      throw ComparisonRefusal.tests(testGroups)
    }
    validationGroups = common.flatMap { $0.grouped { $0.isValidated(as: $1) } }
  }

  /// A JSON array with the summary of each run, its folder, its column's title, and the test that the tables show.
  package var json: Data {
    get throws {
      try ReportJSON.encode(zip(runs, runs.titles).map { ComparisonDocument(run: $0, title: $1) })
    }
  }

  /// The tables and their notes.
  /// - Parameter style: a table wider than its width is split into several, each with some of the columns.
  package func text(_ style: TextStyle) -> String {
    let notes = notes(mark: "*").map { style.wrapped("- \($0)", indent: 2) }
    return document(
      notes: notes.map { $0 + "\n" }, heading: { "\(style.bold($0))\n\n" },
      table: { columns, table in Self.blocks(columns, style, table) })
  }

  /// The tables and their notes as Markdown.
  package var markdown: String {
    document(
      notes: notes(mark: "bold").map { "- \($0)\n" }, heading: { "### \($0)\n\n" },
      table: { $1($0).markdown })
  }

  private func document(
    notes: [String], heading: (String) -> String,
    table: ([ComparedRun], ([ComparedRun]) -> TextTable) -> String
  ) -> String {
    let tests = testGroups.map { group in
      heading(testHeading(group)) + table(group) { ComparisonTables($0, titles(of: $0), group, content).test }
    }
    let trainings = validationGroups.map { group in
      heading(validationHeading(group))
        + table(group) { ComparisonTables($0, titles(of: $0), group, content).training }
    }
    return ((tests + trainings) + (notes.isEmpty ? [] : [notes.joined()])).joined(separator: "\n")
  }

  /// Splits a table into parts that fit the width, some columns each, one below the other.
  private static func blocks(
    _ runs: [ComparedRun], _ style: TextStyle, _ table: ([ComparedRun]) -> TextTable
  ) -> String {
    var rest = runs[...]
    var blocks: [String] = []
    while !rest.isEmpty {
      let count =
        (1...rest.count).last { count in
          table(Array(rest.prefix(count))).text.split(separator: "\n").allSatisfy {
            $0.displayWidth <= style.width
          }
        } ?? 1
      blocks.append(table(Array(rest.prefix(count))).text(style))
      rest = rest.dropFirst(count)
    }
    return blocks.joined(separator: "\n")
  }

  private func titles(of group: [ComparedRun]) -> [String] {
    let titles = Dictionary(zip(runs.map(\.folder), runs.titles)) { first, _ in first }
    return group.map { titles[$0.folder] ?? $0.folder }
  }

  private func testHeading(_ group: [ComparedRun]) -> String {
    let patches = group.compactMap(\.result).first?.patches
    return "Test" + (patches.map { ", \(NumberText.count($0.count, "patch", "patches"))" } ?? "")
  }

  private func validationHeading(_ group: [ComparedRun]) -> String {
    let place = "Training and validation, best epoch"
    guard validationGroups.count > 1, let patches = group.compactMap(\.validation).first else { return place }
    return "\(place); \(NumberText.count(patches.count, "validation patch", "validation patches"))"
  }

  // MARK: Notes

  private func notes(mark: String) -> [String] {
    let isLarge = (testGroups + validationGroups).contains { $0.count > 1 }
    return (isLarge ? ["\(mark): the best of the row"] : [])
      + (content.isPaper ? PaperMetric.notes(runs[0].summary.task) : [])
      + runs.flatMap(notes) + separationNotes
  }

  private func notes(_ run: ComparedRun) -> [String] {
    let (summary, folder) = (run.summary, run.folder)
    var notes: [String] = []
    if let result = run.result {
      if result.checkpoints.isEmpty {
        notes.append("\(folder): the test is from an older version and names no checkpoint")
      }
      let others = summary.results.count - 1
      if others > 0 {
        notes.append(
          "\(folder): the best checkpoint has \(counted(others, "other test")), on other patches, labels or pixels"
        )
      }
    } else {
      notes.append("not tested: \(folder) → fusionctl test \(folder)")
      notes += summary.otherTests.suffix(1).map { test in
        let name = test.checkpoints.map(\.title).joined(separator: " + ")
        let score = Figures.metric(test.metrics[.microF1])
        return "\(folder): only \(name) was tested, which is not the best epoch (micro-F1 \(score))"
      }
    }
    if !summary.finished { notes.append("not finished: \(folder)") }
    if let problem = run.configurationProblem {
      notes.append("\(folder): its keys are not compared: \(problem)")
    }
    return notes
  }

  private var separationNotes: [String] {
    guard validationGroups.count > 1 else { return [] }
    let texts = validationGroups.map { group in
      let patches = group.compactMap(\.validation).first.map { "\(NumberText.grouped($0.count)) patches" }
      let source = group.compactMap(\.experiment).first.map {
        "data.validation \($0.data.validation.rawValue)"
      }
      let detail = [patches, source].compactMap { $0 }.joined(separator: ", ")
      return ComparisonRefusal.names(group) + (detail.isEmpty ? "" : " on \(detail)")
    }
    return ["validated on other patches, so not side by side: \(texts.joined(separator: "; "))"]
  }
}

/// A run in the JSON of a comparison: its summary, and the title and figures that the comparison uses.
private struct ComparisonDocument: Encodable {
  let run: ComparedRun
  let title: String

  private enum Key: String, CodingKey { case folder, title, test, result }

  func encode(to encoder: any Encoder) throws {
    try run.summary.encode(to: encoder)
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(run.folder, forKey: .folder)
    try container.encode(title, forKey: .title)
    // The figures alone, then with their checkpoint and patches; null for an untested run.
    try container.encode(run.result?.metrics, forKey: .test)
    try container.encode(run.result, forKey: .result)
  }
}
