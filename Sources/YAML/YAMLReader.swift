import Basics
import Foundation
import Yams

/// Reads YAML texts of one sort, within limits, into trees of nodes.
///
/// The YAML parser compares the keys of a group, and a key may be a whole tree. Comparing trees on every level, or trees
/// of aliases of aliases, takes exponential time. So the text may open few trees, and aliases are resolved only after
/// every key has proved to be a word.
package struct YAMLReader: Sendable {
  /// The kind of all errors.
  let kind: InputError.Kind
  /// Such a text in messages: "the configuration".
  let subject: String
  /// The longest text that is parsed, in bytes.
  let byteLimit: Int
  /// The largest number of lines, commas, colons and dashes. They separate values, and a node takes a hundred times the
  /// memory of its text.
  let separatorLimit: Int
  /// The largest number of brackets and question marks, each of which can begin a tree in the place of a key.
  let openingLimit: Int
  /// What to do about a text beyond the limits.
  let remedy: String

  /// - Parameters:
  ///   - kind: the kind of all errors.
  ///   - subject: such a text in messages: "the configuration".
  ///   - byteLimit: the longest text that is parsed, in bytes.
  ///   - separatorLimit: the largest number of lines, commas, colons and dashes.
  ///   - openingLimit: the largest number of brackets and question marks.
  ///   - remedy: what to do about a text beyond the limits.
  package init(
    _ kind: InputError.Kind, subject: String, byteLimit: Int, separatorLimit: Int, openingLimit: Int,
    remedy: String
  ) {
    (self.kind, self.subject, self.remedy) = (kind, subject, remedy)
    (self.byteLimit, self.separatorLimit, self.openingLimit) = (byteLimit, separatorLimit, openingLimit)
  }

  /// Reads a file.
  /// - Throws: `InputError` when it cannot be read, is too long or is no UTF-8.
  package func contents(of path: String) throws -> String {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw unreadable(path, errno) }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: byteLimit + 1)
    var filled = 0
    while filled < bytes.count {
      let count = bytes.withUnsafeMutableBytes {
        read(descriptor, $0.baseAddress! + filled, $0.count - filled)
      }
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else { throw unreadable(path, errno) }
      if count == 0 { break }
      filled += count
    }
    guard filled <= byteLimit else { throw tooLong(path) }
    guard let text = String(validating: bytes.prefix(filled), as: UTF8.self) else {
      throw InputError(kind, path, "\(subject) is not UTF-8 text")
    }
    return text
  }

  /// Parses YAML; nil for an empty text.
  /// - Parameters:
  ///   - source: the name of the text in messages.
  ///   - place: makes the name of a line in messages.
  /// - Throws: `InputError` for text that is not YAML or beyond the limits.
  package func compose(_ yaml: String, source: String, place: (Mark?) -> String) throws -> Node? {
    guard yaml.utf8.count <= byteLimit else { throw tooLong(source) }
    try checkStructure(yaml.utf8, source)
    do {
      if yaml.utf8.contains(UInt8(ascii: "*")) {
        // With plain words in place of aliases the text has the same structure, and nothing in it grows.
        let marked = yaml.replacing("*", with: String(Self.aliasMark))
        if let root = try parse(marked) { try checkAliases(root, source, place) }
      }
      return try parse(yaml)
    } catch let error as YamlError {
      throw InputError(kind, place(error.mark), error.plainProblem, remedy: error.remedy)
    }
  }

  /// The basic resolver tries no patterns on keys. The encoding is named, since the parser would otherwise read it from
  /// the environment.
  private func parse(_ yaml: String) throws -> Node? {
    try Yams.compose(yaml: yaml, .basic, .default, .utf8)
  }

  private func checkStructure(_ text: String.UTF8View, _ source: String) throws {
    var separators = 0
    var openings = 0
    for byte in text {
      switch byte {
      case UInt8(ascii: "\n"), UInt8(ascii: "\r"), UInt8(ascii: ","), UInt8(ascii: ":"), UInt8(ascii: "-"):
        separators += 1
      case UInt8(ascii: "["), UInt8(ascii: "{"), UInt8(ascii: "?"): openings += 1
      default: continue
      }
    }
    guard separators <= separatorLimit, openings <= openingLimit else {
      throw InputError(
        kind, source, "\(subject) has too many lines, entries or brackets",
        remedy: remedy)
    }
  }

  /// Replaces the star of an alias. It is a character for private use, which no text needs.
  private static let aliasMark: Unicode.Scalar = "\u{E02A}"

  /// Refuses an alias in the place of a key, and a tree there that may hold an alias.
  private func checkAliases(_ node: Node, _ source: String, _ place: (Mark?) -> String) throws {
    switch node {
    case .scalar(let scalar):
      guard let name = aliasName(scalar) else { return }
      let isName = name.unicodeScalars.allSatisfy {
        $0.isASCII
          && ($0.properties.isAlphabetic || $0.properties.numericType != nil || $0 == "_" || $0 == "-")
      }
      guard isName else {
        throw InputError(
          kind, place(scalar.mark), "'*\(shownName(name))' is no name of an alias",
          remedy: "put the text in quotes")
      }
    case .sequence(let items):
      for item in items { try checkAliases(item, source, place) }
    case .mapping(let pairs):
      for (key, value) in pairs {
        guard case .scalar(let word) = key, aliasName(word) == nil else {
          let found = key.scalar == nil ? key.found : "an alias"
          throw InputError(kind, place(key.mark), "a key must be a word, found \(found)")
        }
        try checkAliases(value, source, place)
      }
    case .alias: preconditionFailure("the parser resolves aliases")
    }
  }

  private func aliasName(_ scalar: Node.Scalar) -> String? {
    guard scalar.style == .plain, scalar.string.unicodeScalars.first == Self.aliasMark else { return nil }
    return String(scalar.string.unicodeScalars.dropFirst())
  }

  private func tooLong(_ source: String) -> InputError {
    InputError(
      kind, source, "\(subject) has more than \(byteLimit >> 10) KB of text",
      remedy: remedy)
  }

  private func unreadable(_ path: String, _ code: Int32) -> InputError {
    let state = PathState.of(path)
    if code == ENOENT, let problem = state.problem, let error = state.error(kind, path) {
      return InputError(kind, path, "\(subject) \(problem)", remedy: error.remedy)
    }
    let problem = code == EISDIR ? "is a folder, not a file" : "cannot be read (\(SystemFault.reason(code)))"
    return InputError(
      kind, path, "\(subject) \(problem)", remedy: SystemFault.remedy(code) ?? "check the path")
  }
}

extension YamlError {
  /// Where the text is wrong; nil when the parser does not say.
  fileprivate var mark: Mark? {
    switch self {
    case .scanner(_, _, let mark, _), .parser(_, _, let mark, _), .composer(_, _, let mark, _): mark
    case .duplicatedKeysInMapping(_, let context): context.mark
    case .no, .memory, .reader, .writer, .emitter, .representer, .dataCouldNotBeDecoded: nil
    }
  }

  fileprivate var plainProblem: String {
    switch self {
    case .duplicatedKeysInMapping(let keys, _):
      let list = keys.prefix(3).map { "'\(shownName($0))'" }.joined(separator: ", ")
      return keys.count > 3
        ? "\(list) and \(keys.count - 3) more are given more than once" : "\(list) is given more than once"
    case .scanner(_, let problem, _, _), .parser(_, let problem, _, _), .composer(_, let problem, _, _),
      .reader(let problem, _, _, _), .writer(let problem), .emitter(let problem), .representer(let problem):
      return "not valid YAML: \(problem)"
    case .memory: return "the memory does not suffice to read it"
    case .no, .dataCouldNotBeDecoded: return "not valid YAML"
    }
  }

  fileprivate var remedy: String {
    if case .duplicatedKeysInMapping = self { "keep one" } else { "see yaml.org for the syntax" }
  }
}
