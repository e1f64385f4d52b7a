/// Rows of cells, in sections, printed as aligned text or as Markdown. Cells may hold names from files, so
/// control characters are made visible.
package struct TextTable: Equatable, Sendable {
  package enum Alignment: Sendable { case left, right }

  package struct Column: Equatable, Sendable {
    package let title: String
    package let alignment: Alignment
    /// Whether a cut cell keeps its beginning and its end, as for names, instead of its beginning alone.
    package let keepsEnds: Bool

    package init(_ title: String, _ alignment: Alignment, keepsEnds: Bool = false) {
      self.title = title
      self.alignment = alignment
      self.keepsEnds = keepsEnds
    }
  }

  package struct Row: Equatable, Sendable {
    /// One cell a column.
    package let cells: [String]
    /// Columns whose cell stands out: with a star in text, bold in Markdown and on a terminal.
    package let marked: Set<Int>
    /// Columns whose cell is bold in Markdown and on a terminal, and has no sign in text.
    package let bold: Set<Int>

    package init(_ cells: [String], marked: Set<Int> = [], bold: Set<Int> = []) {
      self.cells = cells
      self.marked = marked
      self.bold = bold
    }
  }

  /// Rows under a title; an empty title is not printed.
  package struct Section: Equatable, Sendable {
    package let title: String
    package let rows: [Row]

    package init(_ title: String, _ rows: [Row]) {
      self.title = title
      self.rows = rows
    }
  }

  package let columns: [Column]
  package let sections: [Section]
  /// Spaces between two columns of text.
  package let gap: Int

  package init(columns: [Column], sections: [Section], gap: Int = 2) {
    self.columns = columns
    self.sections = sections
    self.gap = gap
    precondition(
      rows.allSatisfy { $0.count == columns.count }, "every row of a table has one cell for each column")
  }

  /// A table of one section without a title.
  package init(columns: [Column], rows: [[String]]) {
    self.init(columns: columns, sections: [Section("", rows.map { Row($0) })])
  }

  /// The cells of all sections, without marks.
  package var rows: [[String]] { sections.flatMap { $0.rows.map(\.cells) } }

  /// A Markdown table; the title of a section has a row of its own.
  package var markdown: String {
    func line(_ cells: [String]) -> String { "| " + cells.joined(separator: " | ") + " |\n" }
    func bold(_ text: String) -> String { "**\(text)**" }
    func escaped(_ cell: String) -> String {
      // A "<" before a letter begins an element of HTML, which many readers of Markdown show; that of "<0.001" does not.
      let text = cell.printable.trimmingSuffix(" ").replacing(#/<(?=[A-Za-z!?\/])/#, with: "\\<")
      return String(text.flatMap { $0 == "|" || $0 == "*" ? ["\\", $0] : [$0] })
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
