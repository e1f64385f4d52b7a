import ArgumentParser
import Experiments
import Foundation

struct KeysCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "keys", abstract: "List the keys of an experiment with default, values and meaning.",
    discussion: """
      The keys of a configuration file and, with their group before them, of --set (training.epochs=10). The \
      output is a configuration file itself. 'keys training' lists a group, 'keys rate' the keys with this word in \
      their name or meaning. Names from other programs, such as lr, are found too.
      """)

  @Argument(help: "A group, or words to search for.")
  var words: [String] = []

  func run() throws {
    let help = try words.isEmpty ? KeyHelp() : KeyHelp(matching: words)
    Terminal.result(help.text(Terminal.style(STDOUT_FILENO)))
  }
}
