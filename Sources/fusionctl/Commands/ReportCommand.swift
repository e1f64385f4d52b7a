import ArgumentParser
import Basics
import Foundation
import Imagery
import Presentation
import Reports
import Training

struct ReportCommand: ParsableCommand {
  enum Format: String, CaseIterable, ExpressibleByArgument { case html, markdown, latex }

  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Write a page about one or more runs: verdict, figures, curves, maps, pictures.",
    discussion: """
      The page is one HTML file that needs no network. Figures come from the predictions that 'test' and 'validate' keep in \
      the run folder: of the test split where the runs were tested, else of the validation split. Pictures and maps \
      are made where the data folder is there. --format markdown and latex print the verdict and the tables.
      """)

  @Argument(help: "Run folders; several are put side by side, and compared with the first.")
  var runs: [String]

  @Option(
    name: .long, help: ArgumentHelp("The file to write (default for a page: report.html).", valueName: "file")
  )
  var out: String?

  @Option(
    name: .long,
    help: ArgumentHelp(
      "Also write every plot as SVG and its numbers as CSV into this folder.", valueName: "folder"))
  var files: String?

  @Option(name: .long, help: "A page, or tables as Markdown or LaTeX.")
  var format = Format.html

  @Option(
    name: .long,
    help: ArgumentHelp("The predictions of this split: train, validation or test.", valueName: "split"))
  var split: String?

  @Option(
    name: .long, help: ArgumentHelp("The data folder (default: that of the run).", valueName: "folder"))
  var data: String?

  @Option(
    name: .long,
    help: ArgumentHelp("SEN12MS: the folder with its split lists and labels.", valueName: "folder"))
  var labels: String?

  @Flag(name: .long, help: "Make no pictures and no maps.")
  var noImages = false

  @Flag(name: .long, help: "Replace existing files.")
  var force = false

  @OptionGroup var output: OutputOptions

  func run() throws {
    let chosen = try split.map(chosenSplit)
    let progress = output.progress
    var inputs = CommandInputs()
    for run in runs { inputs.add(run: run) }
    let target = try (out ?? (format == .html ? "report.html" : nil)).map {
      try OutputFile($0, flag: "--out", inputs: inputs, replaces: force)
    }
    if let files { try inputs.refuse(folder: files, flag: "--files", isReplaced: false) }
    let reported = try ReportedRun.read(runs, split: chosen)
    progress.message("reporting on \(reported[0].title)\(reported.count > 1 ? " and others" : "")")
    let content = try ReportContent(reported, images: images(of: reported, progress))
    try write(content, to: target, progress)
  }

  private func chosenSplit(_ name: String) throws -> Split {
    guard let split = Split(rawValue: name) else {
      let known = Split.allCases.map(\.rawValue)
      throw InputError(
        .usage, "--split \(name)", "expected one of \(known.joined(separator: ", "))",
        remedy: Spelling.nearest(to: name, among: known).map { "did you mean '\($0)'?" })
    }
    return split
  }

  /// What the data folder gives. A folder that the command line names must be there; the run's own may be gone.
  private func images(of reported: [ReportedRun], _ progress: ProgressReporter) throws -> ReportImages {
    if noImages { return ReportImages(without: "Pictures and maps were left out on request.") }
    do {
      var places = try DataPlaces.resolve(data: data, labels: labels, runs: runs)
      if let experiment = reported[0].experiment { places = try places.fitting(experiment) }
      return ReportImages(reported, data: places.data, labels: places.labels, progress: progress)
    } catch let error as InputError where data == nil && labels == nil {
      return ReportImages(without: ReportImages.sentence(error))
    }
  }

  private func write(_ content: ReportContent, to target: OutputFile?, _ progress: ProgressReporter) throws {
    let text =
      switch format {
      case .html: ReportPage(content).html
      case .markdown: ReportDocument(content).markdown
      case .latex: ReportDocument(content).latex
      }
    var problems: [InputError] = []
    if let files {
      let set = ReportFiles(content)
      problems += try set.write(to: files, replaces: force)
      progress.message("plots and numbers: \(files) (\(set.count) files)")
    }
    if let target {
      do {
        try AtomicFile.write(text, to: target.path)
        progress.message("report: \(target.path) (\(NumberText.bytes(text.utf8.count)))")
      } catch let error as InputError {
        problems.append(error)
      }
    } else {
      Terminal.result(text, exact: true)
    }
    for problem in problems { Terminal.error(problem.description) }
    if !problems.isEmpty { throw ExitCode(1) }
  }
}
