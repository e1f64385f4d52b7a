extension StringProtocol {
  /// The text on one line and without control characters: for text from outside in a message.
  ///
  /// Line ends and tabs become blanks. Other control characters, and characters that change the direction of
  /// writing, become visible: an escape character is shown as `\x1b`.
  package var printable: String {
    var text = ""
    for scalar in unicodeScalars {
      switch scalar.properties.generalCategory {
      case .lineSeparator, .paragraphSeparator: text += " "
      case .control where ["\n", "\r", "\t"].contains(scalar): text += " "
      case .control, .format, .privateUse, .surrogate:
        let digits = String(scalar.value, radix: 16)
        text += scalar.value < 0x100 ? "\\x\(digits.count < 2 ? "0" : "")\(digits)" : "\\u{\(digits)}"
      default: text.unicodeScalars.append(scalar)
      }
    }
    return text
  }

  /// The text when it has at most `limit` characters; else its beginning and its end around an ellipsis.
  ///
  /// Reads only a few times `limit` characters, so that cutting a name of 99 MB takes no time.
  package func cut(to limit: Int) -> String {
    precondition(limit >= 8, "a text cut to fewer than 8 characters says nothing")
    guard unicodeScalars.prefix(limit + 1).count > limit else { return String(self) }
    let tail = limit / 4
    let head = limit - tail - 1
    return String(String.UnicodeScalarView(unicodeScalars.prefix(head))) + "…"
      + String(String.UnicodeScalarView(unicodeScalars.suffix(tail)))
  }
}

/// A name from a file as a piece of a message: printable, and at most 80 characters long.
package func shownName(_ name: some StringProtocol) -> String { name.cut(to: 80).printable }

/// Bytes from outside as a piece of a one-line message: quoted, cut and printable.
package func excerpt(_ bytes: some Collection<UInt8>) -> String {
  let limit = 60
  let text = String(decoding: bytes.prefix(limit), as: UTF8.self).printable
  return "\"\(text)\(bytes.count > limit ? "…" : "")\""
}

/// A count and its noun: "1 patch", "3 patches".
/// - Parameter plural: the plural of a noun that does not form it with "s": "classes".
package func counted(_ count: Int, _ noun: String, plural: String? = nil) -> String {
  "\(count) \(count == 1 ? noun : plural ?? noun + "s")"
}

/// The first three of a list for a message: "a, b, c".
package func firstNames(_ items: some Collection<some CustomStringConvertible>) -> String {
  items.prefix(3).map(\.description).joined(separator: ", ")
}
