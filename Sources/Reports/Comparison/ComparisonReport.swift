import Basics
import Foundation
import Metrics
import Presentation

/// Runs side by side: tests of their best checkpoints, F1 of each class, what is known of the differences, training and
/// validation.
package struct ComparisonReport: Sendable {
  package let runs: [ComparedRun]
  package let content: Content
  /// Groups of runs whose tests can be compared; one group unless the user asks to separate them.
  let testGroups: [ComparisonGroup]
  /// Groups of runs whose validations can be compared.
  private let validationGroups: [[ComparedRun]]
  /// Whether intervals were asked for.
  private let hasInference: Bool

  /// - Parameters:
  ///   - separates: whether runs that cannot be compared get separate tables.
  ///   - inference: how intervals and tests are computed; nil for none.
  /// - Throws: `InputError`: usage for no run, or a base that is none of the runs; data for runs with other labels or classes,
  ///   or tested on other patches, unless they are to be separated, and for predictions of another test.
  package init(
    _ runs: [ComparedRun], _ content: Content = Content(), separates: Bool = false,
    inference: ComparisonInference? = nil
  ) throws {
    guard !runs.isEmpty else {
      throw InputError(.usage, "compare", "no run is given", remedy: "name at least one run folder")
    }
    if let base = inference?.base, !runs.contains(where: { $0.folder == base }) {
      throw InputError(
        .usage, "--base \(shownName(base))", "is none of the runs that are compared",
        remedy: "name one of \(firstNames(runs.map(\.folder)))")
    }
    self.content = content
    hasInference = inference != nil
    let kinds = runs.grouped { $0.hasLabels(of: $1) }
    if kinds.count > 1 && !separates { throw ComparisonRefusal.labels(kinds) }
    let common = kinds.map(\.withCommonTests)
    self.runs = runs.map { run in
      common.joined().first { $0.folder == run.folder } ?? run
    }
    let groups = common.flatMap { kind in
      let groups = kind.filter { $0.result != nil }.grouped { $0.isTested(as: $1) }
      return groups.count > 1 ? groups : [kind]
    }
    if groups.count > kinds.count && !separates {
      throw ComparisonRefusal.tests(groups)
    }
    let titles = Dictionary(zip(runs.map(\.folder), runs.titles)) { first, _ in first }
    testGroups = try groups.map { group in
      try ComparisonGroup(group, group.map { titles[$0.folder] ?? $0.folder }, content, inference)
    }
    validationGroups = common.flatMap { $0.grouped { $0.isValidated(as: $1) } }
  }

  /// The tables and their notes.
  /// - Parameter style: a table wider than its width is split into several, each with some of the columns.
  package func text(_ style: TextStyle) -> String {
    let notes = notes(mark: "*").map { style.wrapped("- \($0)", indent: 2) + "\n" }
    let tables = parts.map { "\(style.bold($0.heading))\n\n\($0.text(style))" }
    return (tables + (notes.isEmpty ? [] : [notes.joined()])).joined(separator: "\n")
  }

  /// The tables and their notes as Markdown.
  package var markdown: String {
    let notes = notes(mark: "bold").map { "- \($0)\n" }
    let tables = parts.map { "### \($0.heading)\n\n\($0.whole.markdown)" }
    return (tables + (notes.isEmpty ? [] : [notes.joined()])).joined(separator: "\n")
  }

  /// The tables as LaTeX, each with its heading as caption, and the notes as a list.
  package var latex: String {
    let tables = parts.map { part in
      "\\begin{table}\n\\centering\n\\caption{\(LaTeXText.escaped(part.heading))}\n\(part.whole.latex)"
        + "\\end{table}\n"
    }
    let notes = notes(mark: "bold").map { "\\item \(LaTeXText.escaped($0))\n" }.joined()
    return "% The preamble needs \\usepackage{booktabs}.\n"
      + (tables + (notes.isEmpty ? [] : ["\\begin{itemize}\n\(notes)\\end{itemize}\n"])).joined(
        separator: "\n")
  }

  private var parts: [ComparisonPart] {
    testGroups.flatMap(\.parts)
      + validationGroups.map { group in
        let titles = Dictionary(zip(runs.map(\.folder), runs.titles)) { first, _ in first }
        let tables = ComparisonTables(
          group: group, titles: group.map { titles[$0.folder] ?? $0.folder }, content: content)
        return ComparisonPart(validationHeading(group), columns: group.count, tables.training)
      }
  }

  private func validationHeading(_ group: [ComparedRun]) -> String {
    let place = "Training and validation, best epoch"
    guard validationGroups.count > 1, let patches = group.compactMap(\.validation).first else { return place }
    return "\(place); \(NumberText.count(patches.count, "validation patch", "validation patches"))"
  }

  // MARK: Notes

  private func notes(mark: String) -> [String] {
    let isLarge = testGroups.contains { $0.runs.count > 1 } || validationGroups.contains { $0.count > 1 }
    var notes = testGroups.flatMap { $0.notes(mark: mark) }
    if isLarge { notes.append("\(mark): the best of the row") }
    if content.isPaper { notes += PaperMetric.notes(runs[0].summary.task) }
    if hasInference { notes += testGroups.flatMap(\.predictionNotes) }
    return notes + runs.flatMap(\.notes) + separationNotes
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
