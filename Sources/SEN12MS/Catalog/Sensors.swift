import DataSets
import Imagery

/// The sensors, bands and statistics of the built-in manifest `sen12ms`.
extension Sensor {
  /// Backscatter in dB.
  package static let sentinel1 = Channels.s1.sensor
  /// Reflectance × 10⁴ at the top of the atmosphere.
  package static let sentinel2 = Channels.s2.sensor
  /// Class numbers.
  package static let landCover = Sensor(
    name: "lc", title: "land-cover", unit: "class numbers", cleaning: .none,
    grids: [
      Grid(
        bands: ["IGBP", "LCCS land cover", "LCCS land use", "LCCS surface hydrology"], type: .uint8)
    ], values: .init(isCategorical: true))
}

extension Channels {
  /// Sentinel-1 backscatter in dB: VV and VH.
  public static let s1 = known("s1")
  /// Sentinel-2 reflectance × 10⁴: the ten bands of 10 m and 20 m resolution.
  public static let s2 = known("s2")
  /// Sentinel-2 reflectance × 10⁴: B2, B3 and B4, in this order.
  package static let rgb = known("rgb")

  private static func known(_ name: String) -> Channels {
    guard let channels = Manifest.sen12ms.input(named: name) else {
      preconditionFailure("the manifest of SEN12MS names \(name)")
    }
    return channels
  }
}

extension Normalisation {
  /// The constants of the paper's code: dB for Sentinel-1 (after clipping), reflectance × 10⁴ for Sentinel-2.
  public static let published: Normalisation = {
    guard let published = Manifest.sen12ms.statedNormalisation else {
      preconditionFailure("the manifest of SEN12MS states the published constants")
    }
    return published
  }()
}
