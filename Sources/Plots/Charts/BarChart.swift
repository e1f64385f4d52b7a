/// Horizontal bars with intervals: one group a row, one bar a series.
package struct BarChart {
  package struct Bar {
    /// nil for a value that does not exist.
    package let value: Double?
    package let interval: ClosedRange<Double>?

    package init(_ value: Double?, interval: ClosedRange<Double>? = nil) {
      (self.value, self.interval) = (value, interval)
    }
  }

  package let title: String
  package let x: Axis
  /// The name of each row, and one bar a series.
  package let rows: [(name: String, bars: [Bar])]
  package let series: [String]

  package init(_ title: String, x: Axis, rows: [(name: String, bars: [Bar])], series: [String]) {
    precondition(rows.allSatisfy { $0.bars.count == series.count }, "every row has a bar of each series")
    (self.title, self.x, self.rows, self.series) = (title, x, rows, series)
  }

  /// - Parameter description: what the chart shows, for people who do not see it.
  package func plot(_ description: String) -> Plot {
    let (width, names) = (
      460.0, min(rows.map { textWidth($0.name, size: 11) }.max() ?? 0, 150) + 10
    )
    var drawing = Drawing()
    drawing.text(fitted(title, width: width - 4, size: 14), 2, 16, "title")
    let entries = series.indices.map {
      (name: series[$0], style: PlotStyle.stroke($0), dash: String?.none)
    }
    let top =
      30
      + Legend(entries: series.count > 1 ? entries : []).draw(into: &drawing, x: 2, y: 24, width: width - 4)
    let thickness = series.count > 1 ? 8.0 : 12.0
    let rowHeight = Double(series.count) * thickness + 10
    let area = Area(
      x: names, y: top, width: width - names - 46, height: rowHeight * Double(max(rows.count, 1)))
    for tick in x.ticks {
      let place = area.x + x.share(tick) * area.width
      drawing.line(place, area.y, place, area.bottom, "grid")
      drawing.text(x.label(tick), place, area.bottom + 15, "muted", .middle)
    }
    for (place, row) in rows.enumerated() {
      let y = top + Double(place) * rowHeight
      drawing.text(
        fitted(row.name, width: names - 10, size: 11), names - 8, y + rowHeight / 2 + 3.8, "", .end)
      for (index, bar) in row.bars.enumerated() {
        draw(bar, index, area, y + 5 + Double(index) * thickness, thickness - 2, &drawing)
      }
    }
    drawing.text(x.title, area.right, area.bottom + 31, "muted", .end)
    return Plot(description, width: width, height: area.bottom + 38, drawing)
  }

  private func draw(
    _ bar: Bar, _ series: Int, _ area: Area, _ y: Double, _ thickness: Double, _ drawing: inout Drawing
  ) {
    guard let value = bar.value else {
      drawing.text("–", area.x + 4, y + thickness / 2 + 3.4, "muted small")
      return
    }
    func place(_ value: Double) -> Double { area.x + min(max(x.share(value), 0), 1) * area.width }
    drawing.box(
      Area(x: area.x, y: y, width: place(value) - area.x, height: thickness), PlotStyle.fill(series),
      radius: 1.5)
    let end = bar.interval?.upperBound ?? value
    if let interval = bar.interval {
      let (low, high, middle) = (place(interval.lowerBound), place(interval.upperBound), y + thickness / 2)
      drawing.line(low, middle, high, middle, "whisker")
      for side in [low, high] { drawing.line(side, middle - 2.5, side, middle + 2.5, "whisker") }
    }
    let text = Axis("", exactly: 0...1, marks: 100).label(value)
    drawing.text(text, place(max(end, value)) + 5, y + thickness / 2 + 3.4, "muted small")
  }
}
