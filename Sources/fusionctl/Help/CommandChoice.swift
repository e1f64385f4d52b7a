import Basics
import Experiments

/// The command that a command line names.
struct CommandChoice {
  /// Names of the program and of the command: "fusionctl train".
  let path: String
  let tree: CommandTree
  /// A word in the place of a command that is not the name of one.
  private let unknown: String?

  /// Options before a command that take a value.
  private static let withValue = ["--color", "--generate-completion-script"]

  /// - Parameter arguments: the command line without the name of the program.
  init(_ arguments: [String]) {
    var tree = CommandTree.root
    var names = [tree.commandName]
    var unknown: String?
    var words = arguments.prefix { $0 != "--" }.makeIterator()
    while let word = words.next() {
      // The word after such an option is its value, not a command.
      if Self.withValue.contains(word) { _ = words.next() }
      // `fusionctl help train` names a command, too.
      guard !word.hasPrefix("-"), !(word == "help" && names.count == 1) else { continue }
      guard let next = tree.subcommand(word) else {
        // A command without subcommands takes values.
        if !tree.commands.isEmpty { unknown = word }
        break
      }
      tree = next
      names.append(word)
    }
    path = names.joined(separator: " ")
    self.tree = tree
    self.unknown = unknown
  }

  /// Refuses an unknown command by its name. The parser would name the flags after it instead.
  /// - Throws: `InputError` (usage).
  func requireKnown() throws {
    guard let unknown else { return }
    throw InputError(
      .usage, shownName(unknown), "there is no such command",
      remedy: Spelling.nearest(to: unknown, among: tree.commands.map(\.commandName)).map {
        "did you mean '\($0)'?"
      } ?? "see '\(path) --help'")
  }

  /// Whether this is the program itself.
  var isRoot: Bool { path == tree.commandName }
}
