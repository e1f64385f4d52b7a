/// An area with two axes, into which data are drawn.
struct Frame {
  let x, y: Axis
  let area: Area

  func point(_ x: Double, _ y: Double) -> (x: Double, y: Double) {
    (area.x + self.x.share(x) * area.width, area.bottom - self.y.share(y) * area.height)
  }

  /// Lines at the marks of the vertical axis, the base line, and the labels of both axes.
  func draw(into drawing: inout Drawing) {
    for tick in y.ticks {
      let place = point(x.range.lowerBound, tick).y
      drawing.line(area.x, place, area.right, place, "grid")
      drawing.text(y.label(tick), area.x - 6, place + 3.8, "muted", .end)
    }
    drawing.line(area.x, area.bottom, area.right, area.bottom, "axis")
    var free = -Double.infinity
    for tick in x.ticks {
      let place = point(tick, y.range.lowerBound).x
      let label = x.label(tick)
      let half = textWidth(label, size: 11) / 2
      drawing.line(place, area.bottom, place, area.bottom + 4, "axis")
      // A label that would touch the one before is left out.
      guard place - half > free + 4 else { continue }
      drawing.text(label, place, area.bottom + 16, "muted", .middle)
      free = place + half
    }
    if !x.title.isEmpty {
      drawing.text(x.title, area.right, area.bottom + 31, "muted", .end)
    }
  }

  /// A line across at a place of the horizontal axis, with a word above its top, where no curve is.
  func mark(_ value: Double, _ word: String, into drawing: inout Drawing) {
    let place = point(value, y.range.lowerBound).x
    drawing.line(place, area.y, place, area.bottom, "mark")
    let width = textWidth(word, size: 9.5)
    let isLeft = place + 4 + width > area.right
    drawing.text(word, place + (isLeft ? -4 : 4), area.y - 2, "muted small", isLeft ? .end : .start)
  }
}

/// The names of series, in rows above a plot.
struct Legend {
  let entries: [(name: String, style: String, dash: String?)]
  static let rowHeight = 16.0
  private static let (sample, gap) = (18.0, 14.0)

  /// Draws the rows and returns the height that they take.
  func draw(into drawing: inout Drawing, x start: Double, y: Double, width: Double) -> Double {
    var (x, row) = (start, 0.0)
    for entry in entries {
      let room = width - Self.sample - 5
      let name = fitted(entry.name, width: room, size: 11)
      let needed = Self.sample + 5 + textWidth(name, size: 11)
      if x > start, x + needed > start + width { (x, row) = (start, row + 1) }
      let middle = y + row * Self.rowHeight + 8
      drawing.path([(x, middle), (x + Self.sample, middle)], "curve \(entry.style)", dash: entry.dash)
      drawing.text(name, x + Self.sample + 5, middle + 3.8, "")
      x += needed + Self.gap
    }
    return entries.isEmpty ? 0 : (row + 1) * Self.rowHeight
  }
}
