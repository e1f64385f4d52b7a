import Basics
import Experiments

/// The message for a command line that the parser refuses.
struct UsageMistake {
  private let choice: CommandChoice
  private let message: String
  /// An option that the command does not have.
  private let unknown: String?

  /// - Parameters:
  ///   - message: message of the parser.
  ///   - arguments: the command line without the name of the program.
  init(_ message: String, _ arguments: [String]) {
    choice = CommandChoice(arguments)
    self.message = message
    let known = [choice.tree, CommandTree.root].flatMap { $0.arguments ?? [] }.flatMap { $0.names ?? [] }
      .map(\.text)
    // The parser names missing arguments first, and would hide the unknown option.
    unknown = arguments.prefix { $0 != "--" }.filter { $0.hasPrefix("--") }
      .map { String($0.prefix { $0 != "=" }) }.first { !known.contains($0) }
  }

  /// Prints what is wrong, how the command is used, and where help is found.
  func tell() {
    Terminal.error(problem)
    Terminal.hint("Usage: \(HelpPage.usage(of: choice))", indent: 7)
    Terminal.hint("See '\(choice.path) -h' for its options.")
  }

  private var problem: String {
    guard let unknown else { return message.printable }
    return InputError(
      .usage, shownName(unknown), "there is no such option", remedy: remedy(for: unknown)
    ).description
  }

  /// What the user may have meant: a key of the experiment, an option that begins alike, or one that is spelt alike.
  private func remedy(for option: String) -> String? {
    let word = String(option.drop { $0 == "-" })
    let names = choice.tree.shownArguments.flatMap { $0.names ?? [] }.map(\.text)
    let hasSettings = names.contains("--set")
    switch KeyAlias.meaning(of: word) {
    case .key(let path)?:
      let name = path.split(separator: ".").last?.replacing("_", with: " ") ?? ""
      if let flag = KeyAlias.flags[path], names.contains(flag) { return "the \(name) is \(flag)" }
      if hasSettings, let example = KeyAlias.example(of: path) { return "the \(name) is --set \(example)" }
    case .remark(let text)?: return text
    case nil: break
    }
    let alike = names.filter { $0.hasPrefix("--\(word)") || option.hasPrefix("\($0)-") }
    if let first = alike.first, alike.count == 1 { return "did you mean '\(first)'?" }
    if alike.count > 1 { return "did you mean \(alike.joined(separator: " or "))?" }
    return Spelling.nearest(to: option, among: names).map { "did you mean '\($0)'?" }
  }
}
