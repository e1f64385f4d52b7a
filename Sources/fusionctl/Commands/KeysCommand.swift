import ArgumentParser
import Training

struct KeysCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "keys", abstract: "List every key of an experiment: default, values and meaning.",
    discussion: "The keys of a configuration file and of --set.")

  func run() { Terminal.result(Experiment.keyHelp) }
}
