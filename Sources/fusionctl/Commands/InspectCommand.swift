import ArgumentParser
import Foundation
import Training

struct InspectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect", abstract: "Show what a checkpoint or a safetensors file holds.",
    discussion: "Every byte of a checkpoint is checked on the way.")

  @Argument(help: "A run folder, a checkpoint, or a .safetensors file.")
  var file: String

  @Flag(name: .long, help: "List every tensor with shape, mean, standard deviation, minimum and maximum.")
  var parameters = false

  @Flag(name: .long, help: "Print everything as JSON, the whole experiment included.")
  var json = false

  func run() throws {
    let model = try CheckpointArgument(file, telling: ProgressReporter(quiet: false))
    let report = InspectionReport(try ModelFileContents(path: model.path, readsTensors: parameters))
    Terminal.result(
      json ? try report.json : report.text(TextStyle(descriptor: STDOUT_FILENO, choice: .auto)))
  }
}
