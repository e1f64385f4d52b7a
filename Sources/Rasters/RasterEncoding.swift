/// The formats of image files that are read.
package enum RasterEncoding: Hashable, Sendable, CaseIterable {
  case geoTIFF, png, jpeg

  /// The encoding that the extension of a file's name tells: `.png`; `.jpg` or `.jpeg`; GeoTIFF for all others.
  package init(_ path: String) {
    let name = path.utf8.suffix(5).map { UInt8(ascii: "A")...UInt8(ascii: "Z") ~= $0 ? $0 + 32 : $0 }
    func ends(_ text: String) -> Bool { name.suffix(text.utf8.count).elementsEqual(text.utf8) }
    self = ends(".png") ? .png : ends(".jpg") || ends(".jpeg") ? .jpeg : .geoTIFF
  }

  /// The name in messages.
  package var title: String {
    switch self {
    case .geoTIFF: "GeoTIFF"
    case .png: "PNG"
    case .jpeg: "JPEG"
    }
  }

  /// The name of GDAL's driver.
  var driver: String {
    switch self {
    case .geoTIFF: "GTiff"
    case .png: "PNG"
    case .jpeg: "JPEG"
    }
  }
}
