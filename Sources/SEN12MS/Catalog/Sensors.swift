import Imagery

extension Sensor {
  /// Backscatter in dB, clipped to the range from the noise floor (−25 dB) to the saturation (0 dB) of the
  /// sensor.
  package static let sentinel1 = Sensor(
    name: "s1", title: "Sentinel-1", unit: "dB", cleaning: .clip(-25...0),
    grids: [Grid(bands: ["VV", "VH"], type: .float32)])

  /// Reflectance × 10⁴ at the top of the atmosphere.
  package static let sentinel2 = Sensor(
    name: "s2", title: "Sentinel-2", unit: "reflectance × 10⁴", cleaning: .none,
    grids: [
      Grid(
        bands: ["B1", "B2", "B3", "B4", "B5", "B6", "B7", "B8", "B8A", "B9", "B10", "B11", "B12"],
        type: .uint16)
    ])

  /// Class numbers.
  package static let landCover = Sensor(
    name: "lc", title: "land-cover", unit: "class numbers", cleaning: .none,
    grids: [
      Grid(
        bands: ["IGBP", "LCCS land cover", "LCCS land use", "LCCS surface hydrology"], type: .uint8)
    ], isCategorical: true)
}

extension Channels {
  /// Sentinel-1 backscatter in dB: VV and VH.
  public static let s1 = Channels(name: "s1", sensor: .sentinel1, bands: ["VV", "VH"])
  /// Sentinel-2 reflectance × 10⁴: the ten bands of 10 m and 20 m resolution.
  public static let s2 = Channels(
    name: "s2", sensor: .sentinel2,
    bands: ["B2", "B3", "B4", "B5", "B6", "B7", "B8", "B8A", "B11", "B12"])
  /// Sentinel-2 reflectance × 10⁴: B2, B3 and B4, in this order.
  package static let rgb = Channels(name: "rgb", sensor: .sentinel2, bands: ["B2", "B3", "B4"])
}

extension Normalisation {
  /// The constants of the paper's code: dB for Sentinel-1 (after clipping), reflectance × 10⁴ for Sentinel-2.
  public static let published: Normalisation = {
    do {
      return try Normalisation([
        SensorFigures(
          sensor: Channels.s1.sensor.name, bandNames: Channels.s1.bandNames,
          bands: Bands(mean: [-11.76858, -18.294598], std: [4.525339, 4.3586307])),
        SensorFigures(
          sensor: Channels.s2.sensor.name, bandNames: Channels.s2.bandNames,
          bands: Bands(
            mean: [
              1226.4215, 1137.3799, 1139.6792, 1350.9973, 1932.9058, 2211.1584, 2154.9846, 2409.1128,
              2001.8622, 1356.0801,
            ],
            std: [
              741.6254, 740.883, 960.1045, 946.76056, 985.52747, 1082.4341, 1057.7628, 1136.1942, 1132.7898,
              991.48016,
            ])),
      ])
    } catch {
      preconditionFailure("the published constants are finite and positive: \(error)")
    }
  }()
}
