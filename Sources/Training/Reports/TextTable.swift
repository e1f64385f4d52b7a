import Tensors

/// Rows of cells, in sections, that come out as aligned text or as Markdown. Cells may hold names from files:
/// control characters are made visible.
public struct TextTable: Equatable, Sendable {
  public enum Alignment: Sendable { case left, right }

  public struct Column: Equatable, Sendable {
    public let title: String
    public let alignment: Alignment
    /// Whether a cell that is cut keeps its beginning and its end, as a name does, not its beginning alone.
    public let keepsEnds: Bool

    public init(_ title: String, _ alignment: Alignment, keepsEnds: Bool = false) {
      self.title = title
      self.alignment = alignment
      self.keepsEnds = keepsEnds
    }
  }

  public struct Row: Equatable, Sendable {
    /// One cell a column.
    public let cells: [String]
    /// Columns whose cell stands out: with a star in text, bold in Markdown and on a terminal.
    public let marked: Set<Int>
    /// Columns whose cell is bold where there is bold, without a sign elsewhere.
    public let bold: Set<Int>

    public init(_ cells: [String], marked: Set<Int> = [], bold: Set<Int> = []) {
      self.cells = cells
      self.marked = marked
      self.bold = bold
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
  /// Spaces between two columns of text.
  public let gap: Int

  public init(columns: [Column], sections: [Section], gap: Int = 2) {
    self.columns = columns
    self.sections = sections
    self.gap = gap
    precondition(
      rows.allSatisfy { $0.count == columns.count }, "every row of a table has a cell a column")
  }

  /// A table of one section without a title.
  public init(columns: [Column], rows: [[String]]) {
    self.init(columns: columns, sections: [Section("", rows.map { Row($0) })])
  }

  /// The cells of all sections, without marks.
  public var rows: [[String]] { sections.flatMap { $0.rows.map(\.cells) } }

  /// A Markdown table; the title of a section has a row of its own.
  public var markdown: String {
    func line(_ cells: [String]) -> String { "| " + cells.joined(separator: " | ") + " |\n" }
    func bold(_ text: String) -> String { "**\(text)**" }
    func escaped(_ cell: String) -> String {
      String(cell.printable.flatMap { $0 == "|" || $0 == "*" ? ["\\", $0] : [$0] })
    }
    func cells(_ row: Row) -> [String] {
      row.cells.enumerated().map { column, cell in
        row.marked.union(row.bold).contains(column) ? bold(escaped(cell)) : escaped(cell)
      }
    }
    let head =
      line(columns.map { escaped($0.title) })
      + line(columns.map { $0.alignment == .left ? "---" : "---:" })
    return head
      + sections.map { section in
        let title = line([bold(escaped(section.title))] + columns.dropFirst().map { _ in "" })
        return (section.title.isEmpty ? "" : title) + section.rows.map { line(cells($0)) }.joined()
      }.joined()
  }
}
