import ArgumentParser
import Training

struct KeysCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "keys", abstract: "List every key of an experiment with default, values and meaning.",
    discussion: """
      The keys of a configuration file and, with their group before them, of --set (training.epochs=10). The \
      output is a configuration file itself.
      """)

  func run() { Terminal.result(Experiment.keyHelp) }
}
