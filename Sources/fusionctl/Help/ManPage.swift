import Training

/// The page for man(1): all commands with their options.
struct ManPage {
  private let root: CommandTree

  init(_ root: CommandTree) { self.root = root }

  var text: String {
    let name = root.commandName
    let head = [
      #".TH \#(name.uppercased()) 1 "" "\#(name) \#(ProgramVersion.current)" "User commands""#, ".SH NAME",
      "\(name) \\- \(Self.escaped(Self.lowercased(root.abstract ?? "")))",
      ".SH SYNOPSIS", ".B \(name)", ".I command", "[options]", ".SH DESCRIPTION",
    ]
    let options =
      root.shownArguments.flatMap(Self.entry) + Self.entry("-h, --help", "Show help: short, or all of it.")
    let commands = root.commands.flatMap { section($0, path: name) }
    let lines =
      head + Self.paragraphs(root.discussion) + [".SH OPTIONS"] + options
      + [".SH COMMANDS"] + commands
      + [
        ".SH FILES", "A run folder holds config.yaml, metrics.csv, summary.json, train.log and checkpoints/.",
      ]
    return lines.joined(separator: "\n") + "\n"
  }

  private func section(_ command: CommandTree, path: String) -> [String] {
    let path = "\(path) \(command.commandName)"
    guard command.commands.isEmpty else { return command.commands.flatMap { section($0, path: path) } }
    let choice = CommandChoice(path.split(separator: " ").dropFirst().map(String.init))
    return [".SS \(Self.escaped(HelpPage.usage(of: choice)))", Self.escaped(command.abstract ?? "")]
      + (command.discussion.map { [".PP"] + Self.paragraphs($0) } ?? [])
      + command.shownArguments.flatMap(Self.entry)
  }

  private static func entry(_ argument: CommandTree.Argument) -> [String] {
    entry(argument.label, argument.help)
  }

  private static func entry(_ label: String, _ help: String) -> [String] {
    [".TP", ".B \(escaped(label))", escaped(help)]
  }

  private static func paragraphs(_ text: String?) -> [String] {
    Array((text ?? "").split(separator: "\n").map { [escaped(String($0))] }.joined(separator: [".PP"]))
  }

  /// The text on one line, escaped so that troff prints it literally.
  private static func escaped(_ text: String) -> String {
    let line = text.printable.replacing("\\", with: "\\e").replacing("-", with: "\\-")
    return line.hasPrefix(".") || line.hasPrefix("'") ? "\\&" + line : line
  }

  private static func lowercased(_ text: String) -> String {
    let body = text.hasSuffix(".") ? String(text.dropLast()) : text
    return body.prefix(1).lowercased() + body.dropFirst()
  }
}
