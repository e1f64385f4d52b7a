import ArgumentParser
import Diagnostics
import Foundation
import Training

struct DatasetCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "dataset", abstract: "Look at the data before a training.",
    subcommands: [DatasetCheckCommand.self])
}

struct DatasetCheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Count patches, scenes, files and classes by split, and say what is wrong.",
    discussion: """
      Only names and labels are read, which takes about a second for all of SEN12MS; --nan reads the files too. \
      The published lists have no val_list: the configuration then makes the validation split, by default from \
      whole scenes held out. Without --labels only the files are counted, by season.

      Exit status 0: a training would start, or, without --labels, the files have no fault. Exit status 2: files, \
      labels or lists are missing or damaged, or data.nan: fail would refuse patches that --nan has found.
      """)

  @OptionGroup var dataOptions: DataOptions

  @OptionGroup var experimentOptions: ExperimentOptions

  @Flag(name: .long, help: "Read all files of the sensors, and count patches with missing samples (NaN).")
  var nan = false

  @Flag(name: .long, help: "Print everything as JSON.")
  var json = false

  @OptionGroup var output: OutputOptions

  func run() throws {
    let isConfigured = experimentOptions.config != nil || !experimentOptions.settings.isEmpty
    let places = try DataPlaces.withOptionalLabels(data: dataOptions.data, labels: dataOptions.labels)
    places.note.map(output.progress.message)
    let check = try DataSetCheck(
      data: places.data, labels: places.labels,
      experiment: isConfigured ? try experimentOptions.experiment(default: nil, flags: []) : nil,
      looksAtSamples: nan, progress: output.progress)
    try Self.tell(check, json: json)
  }

  /// Prints a check, and ends the program with status 2 where something is wrong.
  static func tell(_ check: DataSetCheck, json: Bool) throws {
    Terminal.result(
      json ? try check.json : DataSetReport(check).text(Terminal.style(STDOUT_FILENO)), exact: json)
    if !check.isTrainable { throw ExitCode(2) }
  }
}
