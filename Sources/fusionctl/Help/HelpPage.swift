import Presentation

/// The help page of a command: short for `-h`, whole for `--help`.
struct HelpPage {
  let choice: CommandChoice
  let isShort: Bool

  /// Width in characters of the column of labels; the help begins after it.
  private static let labelWidth = 26

  func text(_ style: TextStyle) -> String {
    let tree = choice.tree
    let usage = style.wrapped("USAGE: \(Self.usage(of: choice))", indent: 7)
    var blocks = [style.wrapped(tree.abstract ?? ""), style.bold("USAGE:") + usage.dropFirst("USAGE:".count)]
    if !isShort, let discussion = tree.discussion { blocks.insert(style.wrapped(discussion), at: 1) }
    let arguments = shownArguments
    blocks.append(list("ARGUMENTS", arguments.filter { $0.kind == .positional }.map(Self.entry), style))
    blocks.append(list("OPTIONS", arguments.filter { $0.kind != .positional }.map(Self.entry) + ends, style))
    blocks += groups.map { list($0.title, $0.commands.map { ($0.commandName, $0.abstract ?? "") }, style) }
    if isShort { blocks.append(style.dim(style.wrapped(more))) }
    return blocks.filter { !$0.isEmpty }.joined(separator: "\n\n")
  }

  /// The usage line: the arguments that must be given, and "[options]" where there are more.
  static func usage(of choice: CommandChoice) -> String {
    let tree = choice.tree
    guard tree.commands.isEmpty else { return "\(choice.path) <command> [options]" }
    let required = MainOptions.required[tree.commandName] ?? []
    let needed = tree.shownArguments.filter { argument in
      !argument.isOptional || required.contains(argument.preferredName?.text ?? argument.label)
    }
    let hasMore = tree.shownArguments.count > needed.count
    // Positional arguments come before options, as in `inspect <file> [options]`.
    let words = (needed.filter { $0.kind == .positional } + needed.filter { $0.kind != .positional }).map(
      \.usage)
    return ([choice.path] + words + (hasMore ? ["[options]"] : [])).joined(separator: " ")
  }

  /// The subcommands with a title; those of the program itself in three groups.
  private var groups: [(title: String, commands: [CommandTree])] {
    guard choice.isRoot else { return [("COMMANDS", choice.tree.commands)] }
    return Fusionctl.configuration.groupedSubcommands.map { group in
      let names = group.subcommands.compactMap { $0.configuration.commandName }
      return ("\(group.name.uppercased()) COMMANDS", names.compactMap(choice.tree.subcommand))
    }
  }

  private var shownArguments: [CommandTree.Argument] {
    let all = choice.tree.shownArguments
    guard isShort, let names = MainOptions.short[choice.tree.commandName] else { return all }
    return all.filter { $0.kind == .positional } + names.compactMap(choice.tree.argument)
  }

  /// The options that every command has.
  private var ends: [(String, String)] {
    let color = choice.isRoot ? nil : CommandTree.root.argument("--color").map(Self.entry)
    let version = choice.isRoot ? ("--version", "Show the version.") : nil
    return (isShort ? [] : [color, version].compactMap { $0 }) + [
      ("-h, --help", "Show help: short, or all of it.")
    ]
  }

  private var more: String {
    choice.isRoot
      ? "'fusionctl <command> -h' says more of a command, 'fusionctl --help' of exit statuses."
      : "'\(choice.path) --help' has everything."
  }

  private static func entry(_ argument: CommandTree.Argument) -> (String, String) {
    (argument.label, argument.help)
  }

  private func list(_ title: String, _ entries: [(label: String, help: String)], _ style: TextStyle) -> String
  {
    guard !entries.isEmpty else { return "" }
    let lines = entries.map { entry in
      let label = "  " + entry.label
      let isWide = label.count + 2 > Self.labelWidth
      let gap = String(repeating: " ", count: Self.labelWidth)
      // The help of a wide label begins on a line of its own.
      let body = style.wrapped(gap + entry.help, indent: Self.labelWidth)
      return isWide ? "\(label)\n\(body)" : label + body.dropFirst(label.count)
    }
    return ([style.bold("\(title):")] + lines).joined(separator: "\n")
  }
}
