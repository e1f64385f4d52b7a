import ArgumentParser
import Foundation
import Reports

struct CompareCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare",
    abstract: "Put runs side by side.",
    discussion: """
      Shown are the tests of the best checkpoints, what differs between the configurations, F1 of each class, and \
      training and validation at the best epoch. Runs that were tested on other patches, labels or classes are \
      refused; with --separate they get tables of their own. Validations on other patches always get their own.
      """)

  @Argument(help: "Run folders, one column each.")
  var runs: [String]

  @Flag(name: .long, help: "Show every figure of the tests.")
  var all = false

  @Flag(
    name: .long,
    help: "Show the paper's Tables 3 and 4: OA and AA, and the class-wise accuracy (CWA) instead of F1.")
  var paper = false

  @Flag(name: .long, help: "Give tables of their own to runs that cannot be put side by side.")
  var separate = false

  @Flag(name: .long, help: "Print the summaries as a JSON array.")
  var json = false

  @Flag(name: .long, help: "Print the tables as Markdown.")
  var markdown = false

  func validate() throws {
    if json && markdown { throw ValidationError("--json and --markdown exclude each other") }
  }

  func run() throws {
    let report = try ComparisonReport(
      runs.map { try ComparedRun(folder: $0) }, .init(hasAllFigures: all, isPaper: paper),
      separates: separate)
    Terminal.result(
      json
        ? String(decoding: try report.json, as: UTF8.self)
        : markdown ? report.markdown : report.text(Terminal.style(STDOUT_FILENO)),
      exact: json || markdown)
  }
}
