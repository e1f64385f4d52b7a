import Basics
import Foundation
import Imagery
import Presentation
import Rasters

/// Where a patch lies on the ground.
struct Footprint: Sendable {
  /// Number of the patch among the predictions.
  let row: Int
  let grid: RasterGrid

  /// The footprints of the patches whose files declare one.
  static func all(_ folder: PatchFolder, _ patches: [Int], _ sensor: Sensor, size: PatchSize) -> [Footprint] {
    guard folder.hasFiles else { return [] }
    // The finest grid has the pixels of the patch.
    let grid = sensor.grids.indices.min { sensor.grids[$0].span < sensor.grids[$1].span }!
    return patches.enumerated().compactMap { row, patch in
      let path = "\(folder.path)/\(folder.catalogue.file(of: patch, sensor, grid: grid))"
      guard let position = GroundPosition(ofFile: path), !position.system.isEmpty else { return nil }
      return Footprint(
        row: row,
        grid: RasterGrid(projection: position.system, transform: position.transform, size: size))
    }
  }

  /// The corners in longitude and latitude, counter-clockwise, the first one again at the end; nil where there are none.
  var ring: [(x: Double, y: Double)]? {
    let corners = GroundOutline.points(of: grid, aSide: 1)
    let moved = GroundOutline.moved(corners, from: grid.projection, to: GroundOutline.geographic)
    return moved.map { [$0[0], $0[3], $0[2], $0[1], $0[0]] }
  }
}

/// Footprints as GeoJSON (RFC 7946): longitude and latitude in WGS 84, a line for each patch.
enum FootprintFile {
  private struct Feature: Encodable {
    struct Geometry: Encodable {
      let type = "Polygon"
      let coordinates: [[[Double]]]

      enum CodingKeys: String, CodingKey { case type, coordinates }
    }

    struct Properties: Encodable {
      let id, cluster, predicted: String
      let probabilities: [String: Float]

      enum CodingKeys: String, CodingKey {
        case id, cluster, probabilities
        case predicted = "class"
      }
    }

    let type = "Feature"
    let geometry: Geometry
    let properties: Properties

    enum CodingKeys: String, CodingKey { case type, geometry, properties }
  }

  /// The text of the file.
  static func text(_ footprints: [Footprint], _ predictions: PatchPredictions) throws -> String {
    let lines = try footprints.compactMap { footprint -> String? in
      let row = footprint.row
      return try footprint.ring.map { ring in
        try ReportJSON.line(
          Feature(
            geometry: .init(coordinates: [ring.map { [$0.x, $0.y] }]),
            properties: .init(
              id: predictions.ids[row], cluster: predictions.clusters[row],
              predicted: predictions.predicted(row).joined(separator: ";"),
              probabilities: Dictionary(
                zip(predictions.classes, predictions.probabilities(of: row)), uniquingKeysWith: { a, _ in a })
            )))
      }
    }
    return "{\"type\":\"FeatureCollection\",\"features\":[\n" + lines.joined(separator: ",\n") + "\n]}\n"
  }
}
