import Tensors

/// Rows of cells, in sections, that come out as aligned text or as Markdown. Cells may hold names from files:
/// control characters are made visible.
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

  public struct Row: Equatable, Sendable {
    /// One cell a column.
    public let cells: [String]
    /// Columns whose cell stands out: with a star in text, bold in Markdown.
    public let marked: Set<Int>

    public init(_ cells: [String], marked: Set<Int> = []) {
      self.cells = cells
      self.marked = marked
    }
  }

  /// Rows under a title of their own; none for an empty title.
  public struct Section: Equatable, Sendable {
    public let title: String
    public let rows: [Row]

    public init(_ title: String, _ rows: [Row]) {
      self.title = title
      self.rows = rows
    }
  }

  public let columns: [Column]
  public let sections: [Section]

  public init(columns: [Column], sections: [Section]) {
    self.columns = columns
    self.sections = sections
    precondition(
      rows.allSatisfy { $0.count == columns.count }, "every row of a table has a cell a column")
  }

  /// A table of one section without a title.
  public init(columns: [Column], rows: [[String]]) {
    self.init(columns: columns, sections: [Section("", rows.map { Row($0) })])
  }

  /// The cells of all sections, without marks.
  public var rows: [[String]] { sections.flatMap { $0.rows.map(\.cells) } }

  /// Aligned text, two spaces between columns, a rule below the titles (where there are any), an empty line
  /// before the title of a section.
  public var text: String {
    let body = sections.map {
      ($0.title.printable, $0.rows.map { $0.rendered(\.printable, marking: { "*\($0)" }) })
    }
    let cells = body.flatMap(\.1)
    let titles = columns.map(\.title.printable)
    let widths = columns.indices.map { column in
      ([titles[column]] + cells.map { $0[column] }).map(\.count).max() ?? 0
    }
    func line(_ cells: [String]) -> String {
      let padded = columns.indices.map { column in
        let padding = String(repeating: " ", count: widths[column] - cells[column].count)
        return columns[column].alignment == .left ? cells[column] + padding : padding + cells[column]
      }
      return padded.joined(separator: "  ").trimmingSuffix(" ") + "\n"
    }
    let rule = line(widths.map { String(repeating: "─", count: $0) })
    let head = titles.allSatisfy(\.isEmpty) ? "" : line(titles) + rule
    return head + body.map { ($0.isEmpty ? "" : "\n\($0)\n") + $1.map(line).joined() }.joined()
  }

  /// A Markdown table; the title of a section has a row of its own.
  public var markdown: String {
    func line(_ cells: [String]) -> String { "| " + cells.joined(separator: " | ") + " |\n" }
    func bold(_ text: String) -> String { "**\(text)**" }
    func escaped(_ cell: String) -> String {
      String(cell.printable.flatMap { $0 == "|" || $0 == "*" ? ["\\", $0] : [$0] })
    }
    let head =
      line(columns.map { escaped($0.title) })
      + line(columns.map { $0.alignment == .left ? "---" : "---:" })
    return head
      + sections.map { section in
        let title = line([bold(escaped(section.title))] + columns.dropFirst().map { _ in "" })
        return (section.title.isEmpty ? "" : title)
          + section.rows.map { line($0.rendered(escaped, marking: bold)) }.joined()
      }.joined()
  }
}

extension TextTable.Row {
  fileprivate func rendered(
    _ transform: (String) -> String, marking mark: (String) -> String
  ) -> [String] {
    cells.enumerated().map { marked.contains($0) ? mark(transform($1)) : transform($1) }
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
