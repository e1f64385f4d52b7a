/// Rows of cells that come out as aligned text or as Markdown.
public struct TextTable: Equatable, Sendable {
  public enum Alignment: Sendable { case left, right }

  public struct Column: Equatable, Sendable {
    public let title: String
    public let alignment: Alignment

    public init(_ title: String, _ alignment: Alignment) {
      self.title = title
      self.alignment = alignment
    }
  }

  public let columns: [Column]
  /// One cell a column.
  public let rows: [[String]]

  public init(columns: [Column], rows: [[String]]) {
    precondition(rows.allSatisfy { $0.count == columns.count }, "every row of a table has a cell a column")
    self.columns = columns
    self.rows = rows
  }

  /// Aligned text, two spaces between columns, a rule below the titles (where there are any).
  public var text: String {
    let widths = columns.indices.map { column in
      ([columns[column].title] + rows.map { $0[column] }).map(\.count).max() ?? 0
    }
    func line(_ cells: [String]) -> String {
      let padded = columns.indices.map { column in
        let padding = String(repeating: " ", count: widths[column] - cells[column].count)
        return columns[column].alignment == .left ? cells[column] + padding : padding + cells[column]
      }
      return padded.joined(separator: "  ").trimmingSuffix(" ") + "\n"
    }
    let body = rows.map(line).joined()
    if columns.allSatisfy(\.title.isEmpty) { return body }
    let rule = widths.map { String(repeating: "─", count: $0) }
    return line(columns.map(\.title)) + line(rule) + body
  }

  /// A Markdown table.
  public var markdown: String {
    func line(_ cells: [String]) -> String { "| " + cells.joined(separator: " | ") + " |\n" }
    func escaped(_ cell: String) -> String {
      String(cell.flatMap { $0 == "|" ? Array("\\|") : [$0.isNewline ? " " : $0] })
    }
    return line(columns.map { escaped($0.title) })
      + line(columns.map { $0.alignment == .left ? "---" : "---:" })
      + rows.map { line($0.map(escaped)) }.joined()
  }
}

extension String {
  /// Without the characters equal to `character` at the end.
  fileprivate func trimmingSuffix(_ character: Character) -> String {
    var rest = self[...]
    while rest.last == character { rest.removeLast() }
    return String(rest)
  }
}
