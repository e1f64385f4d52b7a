import Basics
import CRaster

/// The input of one branch of a network: some bands of one sensor, by name.
public struct Channels: Hashable, Sendable {
  /// The name in configurations, networks and checkpoints: "rgb".
  package let name: String
  package let sensor: Sensor
  /// The bands in their order in a batch.
  package let bandNames: [String]

  package init(name: String, sensor: Sensor, bands: [String]) {
    let known = sensor.bandNames
    for band in bands { precondition(known.contains(band), "\(sensor.title) has no band \(band)") }
    (self.name, self.sensor, bandNames) = (name, sensor, bands)
  }

  package var bandCount: Int { bandNames.count }

  /// The most bands of the input of a branch.
  package static let mostBands = Int(FK_RASTER_MAX_BANDS)

  /// Refuses more bands than can be prepared.
  /// - Throws: `InputError` (usage).
  package func requireFewBands() throws {
    guard bandCount <= Self.mostBands else {
      throw InputError(
        .usage, name, "has \(bandCount) bands of \(sensor.title), expected at most \(Self.mostBands)",
        remedy: "name the bands that the network gets")
    }
  }

  /// The grids that have any of the bands, with the places of these bands in the grid and in the channels.
  var parts: [Part] {
    sensor.grids.enumerated().compactMap { number, grid in
      let chosen = bandNames.enumerated().compactMap { place, band in
        grid.bands.firstIndex(of: band).map { (source: $0, target: place) }
      }
      return chosen.isEmpty
        ? nil : Part(grid: number, source: chosen.map { Int32($0.source) }, target: chosen.map(\.target))
    }
  }

  /// The bands that one grid has.
  struct Part {
    let grid: Int
    /// Places in a pixel of the grid.
    let source: [Int32]
    /// Places in a pixel of the channels.
    let target: [Int]
  }
}
