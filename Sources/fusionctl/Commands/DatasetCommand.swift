import ArgumentParser
import Basics
import DataSets
import Diagnostics
import Experiments
import Foundation
import SEN12MS
import Training

struct DatasetCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "dataset", abstract: "Look at data sets: those that are known, and data before a training.",
    subcommands: [DatasetListCommand.self, DatasetShowCommand.self, DatasetCheckCommand.self])
}

struct DatasetListCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "List the data sets whose manifests are built in.")

  @Flag(name: .long, help: "Print everything as JSON.")
  var json = false

  func run() throws {
    let list = try ManifestList()
    Terminal.result(json ? try list.json : list.text(Terminal.style(STDOUT_FILENO)), exact: json)
  }
}

struct DatasetShowCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "Show what a data set is, where to get it, and how its folder must look.",
    discussion: """
      Reads the manifest alone, no data. With --yaml the output is the manifest itself: the beginning of one of \
      your own.
      """)

  @Argument(help: "A built-in data set ('dataset list'), a manifest, or a folder with a dataset.yaml.")
  var name: String

  @Flag(name: .long, help: "Print the manifest.")
  var yaml = false

  @Flag(name: .long, help: "Print everything as JSON.")
  var json = false

  func validate() throws {
    if yaml && json { throw ValidationError("--yaml and --json exclude each other") }
  }

  func run() throws {
    let manifest = try manifest
    if yaml { return Terminal.result(manifest.text, exact: true) }
    let page = ManifestPage(manifest, Terminal.style(STDOUT_FILENO))
    Terminal.result(json ? try page.json : page.text, exact: json)
  }

  private var manifest: Manifest {
    get throws {
      if !Manifest.builtInNames.contains(name), PathState.of(name) == .present(.folder) {
        guard let own = try ManifestSource.own(of: name) else {
          throw InputError(
            .data, name, "holds no dataset.yaml",
            remedy:
              "docs/data.md says how to write one; 'fusionctl dataset list' names the built-in data sets")
        }
        return own
      }
      guard let manifest = try ManifestSource.chosen(key: name, folder: nil) else {
        preconditionFailure("a name or a path leads to a manifest or to an error")
      }
      return manifest
    }
  }
}

struct DatasetCheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Count patches, places, files and classes by split, and say what is wrong.",
    discussion: """
      The manifest says what a patch is: data.manifest, else dataset.yaml of the folder, else sen12ms. Names, labels \
      and the values of a few patches are read; --nan reads all files. For all of SEN12MS names and labels take about \
      a second. --data takes a pack, too: its tables are read, and 'pack --verify' reads all of its bytes.

      The published lists of SEN12MS have no val_list: the configuration then makes the validation split, by default \
      from whole scenes held out. Without lists only the files are counted, by season.

      Exit status 0: a training would start, or, without lists, the files have no fault. Exit status 2: files, \
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
    let places = try dataOptions.places()
    let experiment = try experimentOptions.experiment(default: nil, flags: [], data: places.data)
    places.note.map(output.progress.message)
    // A label folder that the environment names counts only where one is used.
    let takesLabels = try experiment.labelFolder(beside: places.data) != .useless
    let check = try DataSetCheck.of(
      data: places.data, labels: dataOptions.labels ?? (takesLabels ? places.labels : nil), experiment,
      isConfigured: isConfigured, looksAtSamples: nan, progress: output.progress)
    try Self.tell(check, json: json)
  }

  /// Prints a check, and ends the program with status 2 where something is wrong.
  static func tell(_ check: DataSetCheck, json: Bool) throws {
    Terminal.result(
      json ? try check.json : DataSetReport(check).text(Terminal.style(STDOUT_FILENO)), exact: json)
    if !check.isTrainable { throw ExitCode(2) }
  }
}
