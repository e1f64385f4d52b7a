/// How lines on standard error look.
extension TextStyle {
  private static let program = "fusionctl: "

  /// First words of lines that are no errors.
  private static let noteWords = ["note:", "warning:"]

  /// A diagnostic without its line end: "fusionctl: " and the line. Its beginning is red, or yellow for a
  /// note or a warning.
  /// - Parameter isWrapped: whether the line is broken at words, for a terminal; scripts want one line.
  package func diagnostic(_ line: String, isWrapped: Bool) -> String {
    let text = isWrapped ? fitted(Self.program + line, indent: Self.program.count) : Self.program + line
    guard let word = Self.noteWords.first(where: line.hasPrefix) else {
      return shown(red(String(text.prefix(Self.program.count - 1))) + text.dropFirst(Self.program.count - 1))
    }
    let head = Self.program.count + word.count
    return shown(yellow(String(text.prefix(head))) + text.dropFirst(head))
  }

  /// A message of a running command, without its line end. "note:" or "warning:" at its beginning is yellow.
  /// - Parameter isWrapped: whether lines that are too long are broken at words.
  package func message(_ line: String, isWrapped: Bool) -> String {
    let word = Self.noteWords.first(where: line.hasPrefix) ?? ""
    let text = isWrapped ? fitted(line, indent: word.isEmpty ? 2 : word.count + 1) : line
    return yellow(word) + text.dropFirst(word.count)
  }

  /// Breaks lines that are too long at words, and leaves the others as they are.
  private func fitted(_ text: String, indent: Int) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
      line.visibleCount <= width ? String(line) : wrapped(String(line), indent: indent)
    }
    .joined(separator: "\n")
  }
}

extension StringProtocol {
  /// The number of characters without the marks of bold and colour.
  var visibleCount: Int {
    var isMark = false
    return reduce(0) { count, character in
      if character == "\u{1B}" { isMark = true }
      defer { if character == "m" { isMark = false } }
      return isMark ? count : count + 1
    }
  }
}
