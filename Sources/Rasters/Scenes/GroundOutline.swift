import Basics
import CGDAL

/// Places on the ground in another coordinate system.
package enum GroundOutline {
  /// Longitude and latitude, as GeoJSON has them.
  package static let geographic = "EPSG:4326"

  /// Brings points from one coordinate system to another; east comes first in both.
  /// - Parameters:
  ///   - source, target: names such as "EPSG:32633", or well-known text.
  /// - Returns: nil where a system is unknown or a point has no place in the target.
  package static func moved(
    _ points: [(x: Double, y: Double)], from source: String, to target: String
  ) -> [(x: Double, y: Double)]? {
    GDALMessages.collect { _ in
      guard let from = system(source) else { return nil }
      defer { OSRDestroySpatialReference(from) }
      guard let to = system(target) else { return nil }
      defer { OSRDestroySpatialReference(to) }
      guard let change = OCTNewCoordinateTransformation(from, to) else { return nil }
      defer { OCTDestroyCoordinateTransformation(change) }
      var (x, y) = (points.map(\.x), points.map(\.y))
      guard OCTTransform(change, Int32(points.count), &x, &y, nil) != 0 else { return nil }
      guard x.allSatisfy(\.isFinite), y.allSatisfy(\.isFinite) else { return nil }
      return zip(x, y).map { ($0, $1) }
    }
  }

  /// Points along the outline of a grid, `count` a side, from its upper left corner on.
  package static func points(of grid: RasterGrid, aSide count: Int) -> [(x: Double, y: Double)] {
    let (width, height) = (Double(grid.size.width), Double(grid.size.height))
    let steps = (0..<count).map { Double($0) / Double(count) }
    return steps.map { grid.position(column: $0 * width, row: 0) }
      + steps.map { grid.position(column: width, row: $0 * height) }
      + steps.map { grid.position(column: width * (1 - $0), row: height) }
      + steps.map { grid.position(column: 0, row: height * (1 - $0)) }
  }

  private static func system(_ name: String) -> OGRSpatialReferenceH? {
    guard let system = OSRNewSpatialReference(nil) else { return nil }
    guard OSRSetFromUserInput(system, name) == OGRERR_NONE else {
      OSRDestroySpatialReference(system)
      return nil
    }
    OSRSetAxisMappingStrategy(system, OAMS_TRADITIONAL_GIS_ORDER)
    return system
  }
}
