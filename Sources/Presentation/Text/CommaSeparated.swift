/// Lines of comma-separated values (RFC 4180, but LF line ends).
package enum CommaSeparated {
  /// One line without its line end. Cells with a comma, quote or line end are quoted.
  package static func line(_ cells: [String]) -> String {
    cells.map(quoted).joined(separator: ",")
  }

  private static func quoted(_ cell: String) -> String {
    guard cell.contains(where: { ",\"".contains($0) || $0.isNewline }) else { return cell }
    return "\"" + cell.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"")
      + "\""
  }

  /// The cells of a line; nil if a quote is left open.
  package static func cells(_ line: some StringProtocol) -> [String]? {
    var cells = [""]
    var inside = false
    var characters = line.makeIterator()
    var next = characters.next()
    while let character = next {
      next = characters.next()
      switch (character, inside) {
      case ("\"", true) where next == "\"":
        cells[cells.count - 1].append("\"")
        next = characters.next()
      case ("\"", _): inside.toggle()
      case (",", false): cells.append("")
      default: cells[cells.count - 1].append(character)
      }
    }
    return inside ? nil : cells
  }
}
