import Rasters

/// The three files of a patch.
package enum FileKind: String, CaseIterable, Sendable {
  /// Sentinel-1 backscatter, 2 bands in dB.
  case s1
  /// Sentinel-2 reflectance × 10⁴, 13 bands.
  case s2
  /// Land cover, 4 bands of class numbers.
  case lc

  /// What the data set's files of this kind hold, in the order of the file.
  package var format: RasterFormat {
    switch self {
    case .s1: Self.sentinel1
    case .s2: Self.sentinel2
    case .lc: Self.landCover
    }
  }

  package var bandNames: [String] { format.bandNames }

  /// The name for messages.
  package var title: String { format.title }

  private static let sentinel1 = RasterFormat(title: "Sentinel-1", bandNames: ["VV", "VH"], type: .float32)
  private static let sentinel2 = RasterFormat(
    title: "Sentinel-2",
    bandNames: ["B1", "B2", "B3", "B4", "B5", "B6", "B7", "B8", "B8A", "B9", "B10", "B11", "B12"],
    type: .uint16)
  private static let landCover = RasterFormat(
    title: "land-cover",
    bandNames: ["IGBP", "LCCS land cover", "LCCS land use", "LCCS surface hydrology"], type: .uint8,
    isCategorical: true)
}

/// The season of a region of interest, in the order of the names.
package enum Season: UInt8, CaseIterable, Sendable {
  case fall, spring, summer, winter

  /// In the order of the year.
  package static let ofTheYear: [Season] = [.spring, .summer, .fall, .winter]

  /// As in folder and file names.
  package var name: String {
    switch self {
    case .fall: "fall"
    case .spring: "spring"
    case .summer: "summer"
    case .winter: "winter"
    }
  }
}
