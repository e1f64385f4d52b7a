import ArgumentParser
import Foundation
import Reports

struct CompareCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare",
    abstract: "Put runs side by side, and say which differences are known.",
    discussion: """
      Shown are the tests of the best checkpoints, what differs between the configurations, F1 of each class, and \
      training and validation at the best epoch. Runs that were tested on other patches, labels or classes are \
      refused; with --separate they get tables of their own. Validations on other patches always get their own.

      Tests keep their predictions in the run folder. From them come 95 % intervals, and tests of the differences from \
      the first run. Whole scenes (cities, tiles) are resampled, because neighbouring patches are alike. Runs that \
      differ only in training.seed are gathered: mean and standard deviation.
      """)

  /// What is printed.
  enum Format: String, ExpressibleByArgument, CaseIterable { case text, markdown, latex, csv, json }

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

  @Option(
    name: .long,
    help: ArgumentHelp("The run from which the others differ; by default the first.", valueName: "run"))
  var base: String?

  @Option(name: .long, help: "What is printed: text, markdown, latex, csv or json.")
  var format: Format?

  @Flag(name: .long, help: "The same as --format json.")
  var json = false

  @Flag(name: .long, help: "The same as --format markdown.")
  var markdown = false

  @Option(name: .long, help: ArgumentHelp("Resamples behind intervals.", valueName: "number"))
  var resamples = 10_000

  @Option(name: .long, help: ArgumentHelp("Seed of the resamples.", valueName: "number"))
  var seed: UInt64 = 1

  func validate() throws {
    if json && markdown { throw ValidationError("--json and --markdown exclude each other") }
    if format != nil && (json || markdown) {
      throw ValidationError("--format and --\(json ? "json" : "markdown") exclude each other")
    }
    guard (100...1_000_000).contains(resamples) else {
      throw ValidationError("--resamples \(resamples): expected 100 to 1000000")
    }
  }

  func run() throws {
    let format = format ?? (json ? .json : markdown ? .markdown : .text)
    let compared = try runs.map { try ComparedRun(folder: $0) }
    let report = try ComparisonReport(
      compared, .init(hasAllFigures: all, isPaper: paper), separates: separate,
      inference: ComparisonInference(resamples: resamples, seed: seed, base: base))
    let text =
      switch format {
      case .text: report.text(Terminal.style(STDOUT_FILENO))
      case .markdown: report.markdown
      case .latex: report.latex
      case .csv: report.csv
      case .json: String(decoding: try report.json, as: UTF8.self)
      }
    Terminal.result(text, exact: format != .text)
  }
}
