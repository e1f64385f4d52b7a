/// Shares against probabilities by bin, beside the diagonal of honest probabilities. Bars below show how many decisions each
/// bin has.
package struct ReliabilityDiagram {
  package struct Bin {
    package let bounds: ClosedRange<Double>
    package let count: Int
    package let meanProbability, share: Double

    package init(bounds: ClosedRange<Double>, count: Int, meanProbability: Double, share: Double) {
      (self.bounds, self.count) = (bounds, count)
      (self.meanProbability, self.share) = (meanProbability, share)
    }
  }

  package let title: String
  /// The bins that hold decisions.
  package let bins: [Bin]
  package let colour: Int
  package let note: String

  package init(_ title: String, bins: [Bin], colour: Int = 0, note: String) {
    (self.title, self.bins, self.colour, self.note) = (title, bins, colour, note)
  }

  /// - Parameter description: what the chart shows, for people who do not see it.
  package func plot(_ description: String) -> Plot {
    let (width, height) = (360.0, 380.0)
    var drawing = Drawing()
    drawing.text(fitted(title, width: width - 4, size: 14), 2, 16, "title")
    let frame = Frame(
      x: Axis("", exactly: 0...1, marks: 5), y: Axis("", exactly: 0...1, marks: 5),
      area: Area(x: 34, y: 46, width: width - 44, height: 240))
    drawing.text("share that is right", 2, 36, "muted")
    frame.draw(into: &drawing)
    let (start, end) = (frame.point(0, 0), frame.point(1, 1))
    drawing.line(start.x, start.y, end.x, end.y, "mark")
    for bin in bins {
      let (point, honest) = (
        frame.point(bin.meanProbability, bin.share),
        frame.point(bin.meanProbability, bin.meanProbability)
      )
      drawing.line(point.x, point.y, honest.x, honest.y, "alarm")
    }
    let points = bins.map { frame.point($0.meanProbability, $0.share) }
    drawing.path(points, "curve \(PlotStyle.stroke(colour))")
    for point in points { drawing.dot(point.x, point.y, radius: 3.4, "\(PlotStyle.fill(colour)) ring") }
    drawing.text(note, frame.area.right - 4, frame.area.bottom - 8, "", .end)
    drawCounts(frame, &drawing)
    drawing.text("below: decisions at each probability", frame.area.x, height - 3, "muted small")
    drawing.text("probability", frame.area.right, height - 3, "muted", .end)
    return Plot(description, width: width, height: height, drawing)
  }

  private func drawCounts(_ frame: Frame, _ drawing: inout Drawing) {
    let (top, depth) = (frame.area.bottom + 26, 44.0)
    let most = Double(bins.map(\.count).max() ?? 1)
    for bin in bins {
      let (left, right) = (frame.point(bin.bounds.lowerBound, 0).x, frame.point(bin.bounds.upperBound, 0).x)
      let share = Double(bin.count) / most
      drawing.box(
        Area(
          x: left + 1.5, y: top + depth * (1 - share), width: right - left - 3, height: depth * share),
        PlotStyle.fill(colour), opacity: 0.55, note: "\(bin.count)")
    }
    drawing.line(frame.area.x, top + depth, frame.area.right, top + depth, "axis")
  }
}
