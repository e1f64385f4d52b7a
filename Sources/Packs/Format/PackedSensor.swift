import Imagery

/// The bands of a sensor that a pack keeps.
package struct PackedSensor: Sendable {
  /// The sensor whose samples the store of the data set delivers.
  package let source: Sensor
  /// The sensor with the bands that are kept, in the order of its grids.
  package let packed: Sensor
  /// For each grid of `packed`: the number of the grid in `source`, and the places of its bands there; nil for all bands.
  let parts: [(grid: Int, bands: [Int32]?)]

  /// - Parameter bands: the bands that are kept; nil for all.
  /// - Precondition: at least one of them is a band of the sensor.
  package init(_ sensor: Sensor, keeping bands: [String]? = nil) {
    let kept = Set(bands ?? sensor.bandNames)
    var parts: [(grid: Int, bands: [Int32]?)] = []
    var grids: [Sensor.Grid] = []
    for (number, grid) in sensor.grids.enumerated() {
      let places = grid.bands.indices.filter { kept.contains(grid.bands[$0]) }
      guard !places.isEmpty else { continue }
      parts.append((number, places.count == grid.bands.count ? nil : places.map(Int32.init)))
      grids.append(Sensor.Grid(bands: places.map { grid.bands[$0] }, type: grid.type, span: grid.span))
    }
    precondition(!grids.isEmpty, "a pack keeps at least one band of \(sensor.title)")
    source = sensor
    self.parts = parts
    packed = Sensor(
      name: sensor.name, title: sensor.title, unit: sensor.unit, cleaning: sensor.cleaning, grids: grids,
      bandNames: sensor.bandNames.filter(kept.contains), values: sensor.values)
  }
}
