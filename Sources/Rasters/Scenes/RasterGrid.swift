import Basics
import CGDAL

/// The pixels of a scene or a map on the ground.
package struct RasterGrid: Sendable {
  /// The coordinate system as well-known text; empty for none.
  package let projection: String
  /// East and north of a pixel, GDAL's six numbers: east = t[0] + column · t[1] + row · t[2], north likewise from t[3].
  /// nil for an image without a georeference.
  package let transform: [Double]?
  package let size: PatchSize

  package init(projection: String, transform: [Double]?, size: PatchSize) {
    precondition(transform.map { $0.count == 6 } ?? true, "a transform has six numbers")
    (self.projection, self.transform, self.size) = (projection, transform, size)
  }

  /// Whether rows run from west to east and columns from north to south.
  package var isNorthUp: Bool {
    transform.map { $0[2] == 0 && $0[4] == 0 && $0[1] > 0 && $0[5] < 0 } ?? false
  }

  /// East and north of a corner of pixels; column and row themselves without a georeference.
  package func position(column: Double, row: Double) -> (x: Double, y: Double) {
    guard let t = transform else { return (column, row) }
    return (t[0] + column * t[1] + row * t[2], t[3] + column * t[4] + row * t[5])
  }

  /// Column and row of a place on the ground.
  package func pixel(x: Double, y: Double) -> (column: Double, row: Double) {
    guard let t = transform else { return (x, y) }
    let determinant = t[1] * t[5] - t[2] * t[4]
    let (dx, dy) = (x - t[0], y - t[3])
    return ((dx * t[5] - dy * t[2]) / determinant, (dy * t[1] - dx * t[4]) / determinant)
  }

  /// A part of the grid, in pixels of `step` × `step` of its pixels. The last ones may reach beyond the part.
  package func part(columns: Range<Int>, rows: Range<Int>, step: Int = 1) -> RasterGrid {
    let size = PatchSize(
      height: (rows.count + step - 1) / step, width: (columns.count + step - 1) / step)
    guard let t = transform else { return RasterGrid(projection: projection, transform: nil, size: size) }
    let corner = position(column: Double(columns.lowerBound), row: Double(rows.lowerBound))
    let factor = Double(step)
    return RasterGrid(
      projection: projection,
      transform: [corner.x, t[1] * factor, t[2] * factor, corner.y, t[4] * factor, t[5] * factor], size: size)
  }

  /// West, south, east and north of a north-up grid.
  package var bounds: (west: Double, south: Double, east: Double, north: Double) {
    let (a, b) = (position(column: 0, row: 0), position(column: Double(size.width), row: Double(size.height)))
    return (min(a.x, b.x), min(a.y, b.y), max(a.x, b.x), max(a.y, b.y))
  }

  /// The coordinate system in messages: "EPSG:32633", "no coordinate system".
  package var systemName: String {
    guard !projection.isEmpty else { return "no coordinate system" }
    return GDALMessages.collect { _ in
      guard let system = OSRNewSpatialReference(projection) else { return "an unknown coordinate system" }
      defer { OSRDestroySpatialReference(system) }
      if let authority = OSRGetAuthorityName(system, nil), let code = OSRGetAuthorityCode(system, nil) {
        return "\(String(cString: authority)):\(String(cString: code))"
      }
      return OSRGetName(system).map { "'\(String(cString: $0).printable)'" } ?? "a system without a name"
    }
  }

  /// Whether the coordinate systems are the same.
  package func hasSystem(of other: RasterGrid) -> Bool {
    if projection == other.projection { return true }
    guard !projection.isEmpty, !other.projection.isEmpty else { return false }
    return GDALMessages.collect { _ in
      guard let a = OSRNewSpatialReference(projection) else { return false }
      defer { OSRDestroySpatialReference(a) }
      guard let b = OSRNewSpatialReference(other.projection) else { return false }
      defer { OSRDestroySpatialReference(b) }
      return OSRIsSame(a, b) != 0
    }
  }
}
