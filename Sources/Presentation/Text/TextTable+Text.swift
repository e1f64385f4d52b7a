extension TextTable {
  /// Aligned text of any width, without emphasis: see `text(_:)`.
  package var text: String { text(TextStyle(width: .max, hasColour: false, hasUnicode: true)) }

  /// Aligned text: `gap` spaces between columns, a rule below the titles (where there are any), an empty line before
  /// the title of a section.
  ///
  /// A table wider than the style gets narrower left-aligned columns, the widest first: a cell of 50 characters
  /// may end in "…" after 30. Figures are never cut, nor any column to fewer than 12 characters.
  package func text(_ style: TextStyle) -> String {
    func shown(_ cell: String) -> String { style.shown(cell.printable) }
    let titles = columns.map { shown($0.title) }
    let body = sections.map { section in
      (title: shown(section.title), rows: section.rows.map { row in row.shown(shown) })
    }
    let widths = fitted(
      columns.indices.map { column in
        ([titles[column]] + body.flatMap { $0.rows.map { $0.cells[column] } }).map(\.displayWidth).max() ?? 0
      }, to: style.width)
    func line(_ cells: [String], bold: Set<Int> = []) -> String {
      var line = ""
      for (column, cell) in cells.enumerated() {
        let text = cell.cut(
          toColumns: widths[column], ellipsis: style.shown("…"), keepsEnds: columns[column].keepsEnds)
        let padding = String(repeating: " ", count: widths[column] - text.displayWidth)
        let marked = bold.contains(column) ? style.bold(text) : text
        line += columns[column].alignment == .left ? marked + padding : padding + marked
        if column + 1 < cells.count { line += String(repeating: " ", count: gap) }
      }
      return line.trimmingSuffix(" ")
    }
    let hasTitles = !titles.allSatisfy(\.isEmpty)
    let rule = line(
      columns.indices.map { column in
        // A column of bars has no title, and no rule.
        let isRuled = column == 0 || !titles[column].isEmpty
        return isRuled ? String(repeating: style.shown("─"), count: widths[column]) : ""
      })
    let head = hasTitles ? [style.bold(line(titles)), style.dim(rule)] : []
    let lines = body.flatMap { section in
      (section.title.isEmpty ? [] : ["", style.bold(section.title)])
        + section.rows.map { line($0.cells, bold: $0.bold) }
    }
    return (head + lines).map { $0 + "\n" }.joined()
  }

  /// A left-aligned column is never made narrower than this.
  private static let fewest = 12

  /// The widths of the columns. Left-aligned columns shrink until the table is no wider than `limit`.
  private func fitted(_ widths: [Int], to limit: Int) -> [Int] {
    var widths = widths
    var excess = widths.reduce(gap * (widths.count - 1), +) - limit
    while excess > 0 {
      let texts = columns.indices.filter { columns[$0].alignment == .left && widths[$0] > Self.fewest }
      guard let widest = texts.max(by: { widths[$0] < widths[$1] }) else { break }
      widths[widest] -= 1
      excess -= 1
    }
    return widths
  }
}

extension TextTable.Row {
  /// The row as it is printed: a star before each marked cell.
  fileprivate func shown(_ transform: (String) -> String) -> TextTable.Row {
    TextTable.Row(
      cells.enumerated().map { (marked.contains($0) ? "*" : "") + transform($1) }, bold: bold.union(marked))
  }
}

extension String {
  /// Without the characters equal to `character` at the end.
  func trimmingSuffix(_ character: Character) -> String {
    var rest = self[...]
    while rest.last == character { rest.removeLast() }
    return String(rest)
  }
}
