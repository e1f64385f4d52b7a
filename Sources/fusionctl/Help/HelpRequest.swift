import Foundation

/// A command line that asks for help instead of work.
enum HelpRequest {
  case help(HelpPage)
  case manPage

  /// nil for a command line that does not ask for help.
  /// - Throws: `InputError` (usage) for help on an unknown command.
  init?(_ arguments: [String]) throws {
    let words = arguments.prefix { $0 != "--" }
    let asks = words.contains("--help") || words.first == "help"
    if arguments == ["--generate-man-page"] {
      self = .manPage
    } else if asks || arguments.isEmpty || words.contains("-h") {
      let choice = CommandChoice(arguments)
      try choice.requireKnown()
      self = .help(HelpPage(choice: choice, isShort: !asks))
    } else {
      return nil
    }
  }

  /// Prints the help page or the man page.
  func answer() {
    switch self {
    case .help(let page): Terminal.result(page.text(Terminal.style(STDOUT_FILENO)))
    case .manPage: Terminal.result(ManPage(CommandTree.root).text, exact: true)
    }
  }
}
