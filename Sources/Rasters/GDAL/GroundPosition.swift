import Basics
import CGDAL
import Foundation

/// Where the pixels of an image lie on the ground, as its file declares it.
package struct GroundPosition: Equatable, Sendable {
  /// The coordinate system: "EPSG:32633", or well-known text where it has no such number; empty for none.
  package let system: String
  /// East and north of a pixel, GDAL's six numbers: east = t[0] + column · t[1] + row · t[2], north likewise from t[3].
  package let transform: [Double]

  package init(system: String, transform: [Double]) {
    precondition(transform.count == 6, "a transform has six numbers")
    (self.system, self.transform) = (system, transform)
  }

  /// Reads the header of a GeoTIFF file; nil where it declares nothing, or is another kind of file.
  package init?(ofFile path: String) {
    _ = GDALDrivers.geoTIFF
    let found = GDALMessages.collect { _ -> (String, [Double])? in
      let name = (path as NSString).lastPathComponent
      let dataset = withCStrings(["GTiff"]) { drivers in
        // With the file alone as its sibling, GDAL looks for no other file.
        withCStrings([name]) { GDALOpenEx(path, UInt32(GDAL_OF_RASTER), drivers, nil, $0) }
      }
      guard let dataset else { return nil }
      defer { GDALClose(dataset) }
      var transform = [Double](repeating: 0, count: 6)
      guard GDALGetGeoTransform(dataset, &transform) == CE_None else { return nil }
      return (GDALGetProjectionRef(dataset).map { String(cString: $0) } ?? "", transform)
    }
    guard let found else { return nil }
    self.init(system: Self.short(found.0), transform: found.1)
  }

  /// The number of a coordinate system, where it has one.
  private static func short(_ text: String) -> String {
    guard !text.isEmpty else { return "" }
    return GDALMessages.collect { _ in
      guard let system = OSRNewSpatialReference(text) else { return text }
      defer { OSRDestroySpatialReference(system) }
      guard let authority = OSRGetAuthorityName(system, nil), let code = OSRGetAuthorityCode(system, nil)
      else { return text }
      return "\(String(cString: authority)):\(String(cString: code))"
    }
  }
}
