/// Places on the ground, coloured by their numbers of errors. East is right, north is up, and both have one scale.
package struct ScatterMap {
  package struct Place {
    package let east, north: Double
    /// Number of errors, which has a colour.
    package let errors: Int
    /// A text that shows while the pointer is on the place.
    package let note: String

    package init(east: Double, north: Double, errors: Int, note: String) {
      (self.east, self.north, self.errors, self.note) = (east, north, errors, note)
    }
  }

  package let title, subtitle: String
  package let places: [Place]
  /// Side of a place on the ground, in the unit of its position.
  package let side: Double
  package var width = 174.0
  package var height = 196.0

  package init(_ title: String, subtitle: String, places: [Place], side: Double) {
    (self.title, self.subtitle, self.places, self.side) = (title, subtitle, places, side)
  }

  /// - Parameter description: what the map shows, for people who do not see it.
  package func plot(_ description: String) -> Plot {
    var drawing = Drawing()
    drawing.text(fitted(title, width: width - 4, size: 11.5), 2, 12, "")
    drawing.text(fitted(subtitle, width: width - 4, size: 9.5), 2, 25, "muted small")
    let area = Area(x: 1, y: 32, width: width - 2, height: height - 33)
    drawing.box(area, "track", opacity: 0.35, radius: 3)
    let known = places.filter { $0.east.isFinite && $0.north.isFinite }
    guard let west = known.map(\.east).min(), let east = known.map(\.east).max(),
      let south = known.map(\.north).min(), let north = known.map(\.north).max()
    else { return Plot(description, width: width, height: height, drawing) }
    // Places are squares around their positions, within a margin.
    let (across, up) = (max(east - west, 0) + side, max(north - south, 0) + side)
    let scale = min((area.width - 12) / across, (area.height - 12) / up)
    let size = min(max(side * scale * 0.86, 2.5), 16)
    let (left, top) = (
      area.x + (area.width - (east - west) * scale) / 2, area.y + (area.height - (north - south) * scale) / 2
    )
    // Places with many errors are drawn last, above the others.
    for place in known.sorted(by: { $0.errors < $1.errors }) {
      let (x, y) = (left + (place.east - west) * scale, top + (north - place.north) * scale)
      drawing.box(
        Area(x: x - size / 2, y: y - size / 2, width: size, height: size), PlotStyle.error(place.errors),
        radius: size > 6 ? 1.5 : 0, note: place.note)
    }
    return Plot(description, width: width, height: height, drawing)
  }
}

/// The colours of numbers of errors with a word each.
package struct ErrorLegend {
  private let words: [String]

  /// - Parameter words: of no error, one, two and so on; at most as many as there are colours.
  package init(_ words: [String]) {
    precondition(words.count <= PlotStyle.errorCount, "a legend has a colour for each word")
    self.words = words
  }

  /// - Parameter description: what the colours mean, for people who do not see them.
  package func plot(_ description: String) -> Plot {
    var drawing = Drawing()
    var x = 1.0
    for (count, word) in words.enumerated() {
      drawing.box(Area(x: x, y: 3, width: 11, height: 11), PlotStyle.error(count), radius: 1.5)
      drawing.text(word, x + 16, 12.5, "")
      x += 16 + textWidth(word, size: 11) + 16
    }
    return Plot(description, width: max(x, 20), height: 18, drawing)
  }
}
