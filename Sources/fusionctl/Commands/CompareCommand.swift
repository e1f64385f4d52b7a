import ArgumentParser
import Training

struct CompareCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare",
    abstract: "Put runs side by side.",
    discussion: "The paper's Table 3 (test) and Table 4 (training and validation).")

  @Argument(help: "Run folders, one column each.")
  var runs: [String]

  @Flag(name: .long, help: "Print the summaries as a JSON array.")
  var json = false

  @Flag(name: .long, help: "Print the tables as Markdown.")
  var markdown = false

  func validate() throws {
    if json && markdown { throw ValidationError("--json and --markdown exclude each other") }
  }

  func run() throws {
    let report = try ComparisonReport(runs.map { try RunSummary(run: $0) })
    Terminal.result(
      json ? String(decoding: try report.json, as: UTF8.self) : markdown ? report.markdown : report.text,
      exact: json || markdown)
  }
}
