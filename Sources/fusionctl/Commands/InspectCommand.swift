import ArgumentParser
import Basics
import Diagnostics
import Experiments
import Foundation
import Reports
import SEN12MS
import Training

struct InspectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "Show what a file holds: checkpoint, weights, image, labels; or a data folder.",
    discussion: """
      Checks every byte of a checkpoint. Of a data folder it shows what 'dataset check' shows. Of any other file it says \
      what kind of file it is.
      """)

  @Argument(
    help: "A run folder, a checkpoint, a .safetensors file, another file, or a data folder.")
  var file: String

  @Flag(name: .long, help: "List every tensor with shape, mean, standard deviation, minimum and maximum.")
  var parameters = false

  @Flag(name: .long, help: "Print everything as JSON, the whole experiment included.")
  var json = false

  func run() throws {
    if PathState.of(file) == .present(.folder),
      try ManifestSource.own(of: file) != nil || FolderIndex.isDataFolder(file)
    {
      let experiment = try Experiment(yaml: nil, manifest: .found(dataFolder: file))
      let check = try DataSetCheck.of(
        data: file, labels: nil, experiment, isConfigured: false, looksAtSamples: false,
        progress: Terminal.progress(quiet: true))
      return try DatasetCheckCommand.tell(check, json: json)
    }
    if let description = try FileDescription.of(file) {
      return Terminal.result(
        json ? try description.json : description.text(Terminal.style(STDOUT_FILENO)), exact: json)
    }
    let model = try CheckpointArgument(file, telling: Terminal.progress(quiet: false))
    let report = InspectionReport(try ModelFileContents(path: model.path, readsTensors: parameters))
    Terminal.result(
      json
        ? try report.json
        : report.text(Terminal.style(STDOUT_FILENO), wholeNames: isatty(STDOUT_FILENO) != 1),
      exact: json)
  }
}
