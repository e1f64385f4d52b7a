import ArgumentParser
import Foundation

/// A command with its flags and subcommands, as the parser describes them. Help pages and the man page are made
/// from it.
struct CommandTree: Decodable {
  let commandName: String
  let abstract: String?
  let discussion: String?
  let shouldDisplay: Bool
  let arguments: [Argument]?
  let subcommands: [CommandTree]?

  /// A flag, an option with a value, or a positional argument.
  struct Argument: Decodable {
    enum Kind: String, Decodable { case positional, option, flag }

    struct Name: Decodable {
      let kind: String
      let name: String

      var text: String { kind == "long" ? "--\(name)" : "-\(name)" }
    }

    let kind: Kind
    let shouldDisplay: Bool
    let isOptional: Bool
    let isRepeating: Bool
    let names: [Name]?
    let preferredName: Name?
    let valueName: String?
    let defaultValue: String?
    let allValues: [String]?
    let abstract: String?
  }

  /// All commands of the program.
  static let root: CommandTree = {
    struct Description: Decodable { let command: CommandTree }
    let text = Fusionctl._dumpHelp()
    guard let description = try? JSONDecoder().decode(Description.self, from: Data(text.utf8)) else {
      preconditionFailure("the parser describes the commands in another form")
    }
    return description.command
  }()

  /// The subcommands that help shows, without the parser's own `help`.
  var commands: [CommandTree] {
    (subcommands ?? []).filter { $0.shouldDisplay && $0.commandName != "help" }
  }

  /// The flags, options and positional arguments that help shows, without `--help` and `--version`.
  var shownArguments: [Argument] {
    (arguments ?? []).filter {
      $0.shouldDisplay && !["--help", "--version"].contains($0.preferredName?.text)
    }
  }

  func subcommand(_ name: String) -> CommandTree? { commands.first { $0.commandName == name } }

  func argument(_ name: String) -> Argument? {
    (arguments ?? []).first { ($0.names ?? []).contains { $0.text == name } }
  }
}

extension CommandTree.Argument {
  /// The label before the help: "--size <pixels>".
  var label: String {
    let value = valueName.map { "<\($0)>" } ?? ""
    let suffix = isRepeating ? "…" : ""
    // The longest name comes first, because it says most.
    let names = (names ?? []).map(\.text).sorted { $0.count > $1.count }.joined(separator: ", ")
    return switch kind {
    case .positional: value + suffix
    case .flag: names
    case .option: "\(names) \(value)\(suffix)"
    }
  }

  /// The label in a usage line, with only the preferred name.
  var usage: String {
    guard kind != .positional else { return label }
    return (preferredName?.text ?? "") + (kind == .option ? " <\(valueName ?? "value")>" : "")
  }

  /// The help text with the possible values and the default.
  var help: String {
    let values = allValues.map { "(\($0.joined(separator: ", ")))" }
    let preset = defaultValue.flatMap { $0.isEmpty || kind == .flag ? nil : "(default: \($0))" }
    return ([abstract] + [values, preset]).compactMap { $0 }.joined(separator: " ")
  }
}
