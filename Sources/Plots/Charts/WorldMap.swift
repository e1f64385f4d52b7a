/// Groups of places on the globe: circles by longitude and latitude, as large as the groups have members.
package struct WorldMap {
  package struct Point {
    package let longitude, latitude: Double
    /// Mean number of errors of a member. With 1.25 the colour is a quarter of the way from that of 1 to that of 2.
    package let meanErrors: Double
    /// Number of members.
    package let size: Int
    /// A text that shows while the pointer is on the circle.
    package let note: String

    package init(longitude: Double, latitude: Double, meanErrors: Double, size: Int, note: String) {
      precondition(meanErrors >= 0, "a mean number of errors is 0 or more")
      (self.longitude, self.latitude, self.meanErrors) = (longitude, latitude, meanErrors)
      (self.size, self.note) = (size, note)
    }
  }

  package let title: String
  package let points: [Point]

  package init(_ title: String, points: [Point]) { (self.title, self.points) = (title, points) }

  /// - Parameter description: what the map shows, for people who do not see it.
  package func plot(_ description: String) -> Plot {
    let (width, height) = (720.0, 340.0)
    var drawing = Drawing()
    drawing.text(title, 2, 16, "title")
    let frame = Frame(
      x: Axis("degrees east", exactly: -180...180, marks: 12),
      y: Axis("", exactly: -60...80, marks: 7), area: Area(x: 34, y: 42, width: width - 44, height: 260))
    for tick in frame.x.ticks {
      let place = frame.point(tick, 0).x
      drawing.line(place, frame.area.y, place, frame.area.bottom, "grid")
    }
    frame.draw(into: &drawing)
    drawing.text("degrees north", 2, 33, "muted")
    let most = Double(points.map(\.size).max() ?? 1)
    for point in points.sorted(by: { $0.size > $1.size }) {
      let place = frame.point(point.longitude, min(max(point.latitude, -60), 80))
      let radius = 3.5 + 6 * (Double(point.size) / most).squareRoot()
      // A mean of 1.25 is a circle in the colour of 1, and over it one in the colour of 2 with an opacity of 0.25.
      let below = Int(min(point.meanErrors, Double(PlotStyle.errorCount - 1)))
      drawing.dot(place.x, place.y, radius: radius, "\(PlotStyle.error(below)) ring")
      drawing.dot(
        place.x, place.y, radius: radius, "\(PlotStyle.error(below + 1)) ring",
        opacity: min(point.meanErrors - Double(below), 1), note: point.note)
    }
    return Plot(description, width: width, height: height, drawing)
  }
}
