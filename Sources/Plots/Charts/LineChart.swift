/// Curves over one axis, with marks and a legend.
package struct LineChart {
  /// A curve.
  package struct Series {
    package let name: String
    package let points: [(x: Double, y: Double)]
    /// The place of its colour; nil for a pale line in the colour of the axes.
    package let colour: Int?
    /// Whether the line is dashed, which is told apart on black and white paper too.
    package let isDashed: Bool
    /// Whether the legend names it.
    package let isNamed: Bool
    /// Whether the points are marked.
    package let hasDots: Bool

    /// Points that are not finite are left out.
    package init(
      _ name: String, _ points: [(x: Double, y: Double)], colour: Int?, isDashed: Bool = false,
      isNamed: Bool = true, hasDots: Bool = false
    ) {
      self.name = name
      self.points = points.filter { $0.x.isFinite && $0.y.isFinite }
      (self.colour, self.isDashed, self.isNamed, self.hasDots) = (colour, isDashed, isNamed, hasDots)
    }

    fileprivate var style: String { colour.map(PlotStyle.stroke) ?? "axis" }
    fileprivate var dash: String? { isDashed ? "5 4" : nil }
  }

  package var title: String
  package var x, y: Axis
  package var series: [Series]
  /// Vertical lines with a word each, such as the best epoch.
  package var marks: [(x: Double, word: String)] = []
  /// A note at the right of the title, such as "AP 0.83".
  package var note: String?
  /// Pixels. Charts of this size stand side by side on a page, and alone on a phone.
  package var width = 360.0
  package var height = 240.0

  package init(_ title: String, x: Axis, y: Axis, series: [Series]) {
    (self.title, self.x, self.y, self.series) = (title, x, y, series)
  }

  /// - Parameter description: what the chart shows, for people who do not see it.
  package func plot(_ description: String) -> Plot {
    var drawing = Drawing()
    var top = 6.0
    if !title.isEmpty {
      let noteWidth = note.map { textWidth($0, size: 11) + 8 } ?? 0
      drawing.text(fitted(title, width: width - 12 - noteWidth, size: 14), 2, 16, "title")
      if let note { drawing.text(note, width - 10, 16, "muted", .end) }
      top = 26
    }
    let named = series.filter(\.isNamed).map { (name: $0.name, style: $0.style, dash: $0.dash) }
    let legend = Legend(entries: named.count > 1 ? named : [])
    top += legend.draw(into: &drawing, x: 2, y: top - 2, width: width - 4) + 6
    let left = y.labelWidth(size: 11) + 10
    let bottom = x.title.isEmpty ? 22.0 : 36.0
    let frame = Frame(
      x: x, y: y,
      area: Area(x: left, y: top, width: width - left - 10, height: max(height - top - bottom, 20)))
    frame.draw(into: &drawing)
    for line in series { draw(line, in: frame, &drawing) }
    for mark in marks { frame.mark(mark.x, mark.word, into: &drawing) }
    return Plot(description, width: width, height: height, drawing)
  }

  private func draw(_ line: Series, in frame: Frame, _ drawing: inout Drawing) {
    let points = line.points.map { frame.point($0.x, $0.y) }
    drawing.path(
      Self.thinned(points), line.colour == nil ? "axis faint" : "curve \(line.style)", dash: line.dash)
    // A single point is no line.
    guard line.hasDots || points.count == 1, let colour = line.colour else { return }
    for point in points { drawing.dot(point.x, point.y, radius: 2.6, "\(PlotStyle.fill(colour)) ring") }
  }

  /// The points without those that nobody could tell from their neighbours: a curve of 180,000 points keeps about 1,000.
  static func thinned(_ points: [(x: Double, y: Double)]) -> [(x: Double, y: Double)] {
    guard let last = points.last else { return [] }
    var kept: [(x: Double, y: Double)] = []
    for point in points.dropLast() {
      if let before = kept.last, abs(point.x - before.x) < 0.4, abs(point.y - before.y) < 0.4 { continue }
      kept.append(point)
    }
    return kept + [last]
  }
}
