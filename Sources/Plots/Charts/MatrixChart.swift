/// A matrix of counts as a heat map: shares of the row as shades and percentages, counts below them.
package struct MatrixChart {
  package struct Cell {
    package let count: Int
    /// Share of the row, 0…1: the shade; nil for none.
    package let share: Double?

    package init(count: Int, share: Double?) { (self.count, self.share) = (count, share) }
  }

  package let title: String
  package let rowTitle, columnTitle: String
  package let rows, columns: [String]
  /// By row and column.
  package let cells: [[Cell]]

  package init(
    _ title: String, rows: (title: String, names: [String]), columns: (title: String, names: [String]),
    cells: [[Cell]]
  ) {
    precondition(
      cells.count == rows.names.count && cells.allSatisfy { $0.count == columns.names.count },
      "a matrix has a cell for each row and column")
    self.title = title
    (rowTitle, self.rows, columnTitle, self.columns) = (rows.title, rows.names, columns.title, columns.names)
    self.cells = cells
  }

  /// - Parameter description: what the chart shows, for people who do not see it.
  package func plot(_ description: String) -> Plot {
    let cell = (width: 46.0, height: 34.0)
    let names = min(rows.map { textWidth($0, size: 11) }.max() ?? 0, 130) + 12
    let shown = columns.map { fitted($0, width: 110, size: 11) }
    let reach = shown.map { textWidth($0, size: 11) }.max() ?? 0
    // Names of columns rise to the right, at 45 degrees.
    let top = 44 + reach * 0.72
    let width = names + Double(columns.count) * cell.width + reach * 0.72 - 14
    let height = top + Double(rows.count) * cell.height + 8
    var drawing = Drawing()
    drawing.text(fitted(title, width: width - 4, size: 14), 2, 16, "title")
    drawing.text("\(rowTitle) ↓  \(columnTitle) →", 2, 33, "muted small")
    for (place, name) in shown.enumerated() {
      let x = names + (Double(place) + 0.5) * cell.width
      drawing.text(name, x + 2, top - 7, "", turned: -45)
    }
    for (row, name) in rows.enumerated() {
      let y = top + Double(row) * cell.height
      drawing.text(
        fitted(name, width: names - 12, size: 11), names - 8, y + cell.height / 2 + 3.8, "", .end)
      for column in columns.indices {
        draw(
          cells[row][column],
          Area(
            x: names + Double(column) * cell.width + 1, y: y + 1, width: cell.width - 2,
            height: cell.height - 2),
          note: "\(name) → \(columns[column])", &drawing)
      }
    }
    return Plot(description, width: max(width, 240), height: height, drawing)
  }

  private func draw(_ cell: Cell, _ area: Area, note: String, _ drawing: inout Drawing) {
    drawing.box(area, "track", opacity: 0.45, radius: 2)
    let middle = area.x + area.width / 2
    guard cell.count > 0 else { return }
    let share = cell.share ?? 0
    drawing.box(
      area, "cell", opacity: 0.08 + 0.92 * share, radius: 2, note: "\(note): \(cell.count)")
    let isDark = share > 0.62
    let percent = share < 0.005 ? "<1 %" : "\(Int((share * 100).rounded())) %"
    if cell.share != nil {
      drawing.text(percent, middle, area.y + 14, isDark ? "oncell" : "", .middle)
    }
    drawing.text(
      Axis("", exactly: 0...10, marks: 10).label(Double(cell.count)), middle, area.y + 26,
      isDark ? "oncell small" : "small", .middle)
  }
}
