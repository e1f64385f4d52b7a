/// A surface as Sentinel-2 sees it: reflectance × 10⁴ at the top of the atmosphere, bands B1 to B12.
enum OpticalSignature: CaseIterable, Sendable {
  case needleleaf, lushCanopy, brightMineral, woodland, dryGrass, meadow, crop, cropMosaic, snow, openWater

  var reflectance: [Double] {
    switch self {
    case .needleleaf: [1250, 950, 750, 550, 800, 1700, 2050, 2000, 2200, 650, 15, 1000, 500]
    case .lushCanopy: [1250, 980, 900, 600, 1100, 2700, 3400, 3350, 3600, 900, 15, 1750, 800]
    case .brightMineral: [1550, 1500, 1600, 1750, 1950, 2100, 2250, 2300, 2400, 900, 30, 2700, 2200]
    case .woodland: [1250, 1020, 950, 820, 1200, 1800, 2100, 2100, 2300, 750, 18, 2050, 1250]
    case .dryGrass: [1350, 1150, 1150, 1250, 1500, 1800, 2000, 2050, 2250, 800, 20, 2900, 1900]
    case .meadow: [1300, 1100, 1250, 950, 1600, 2700, 3050, 3050, 3250, 950, 16, 2450, 1350]
    case .crop: [1250, 1050, 1300, 700, 1700, 3900, 4900, 4800, 5100, 1250, 15, 1900, 900]
    case .cropMosaic: [1280, 1060, 1200, 780, 1550, 3300, 4000, 3950, 4200, 1050, 16, 1900, 980]
    case .snow: [5500, 5800, 5700, 5600, 5600, 5500, 5500, 5400, 5300, 2500, 40, 900, 700]
    case .openWater: [1400, 1100, 850, 550, 480, 430, 400, 370, 340, 200, 12, 180, 120]
    }
  }
}

/// A surface as Sentinel-1 sees it: mean backscatter of VV and VH in dB.
enum RadarSignature: CaseIterable, Sendable {
  case corners, volume, flooded, shrubs, herbs, dryGround, smooth

  var decibels: [Double] {
    switch self {
    case .corners: [-3, -10]
    case .volume: [-9.5, -14]
    case .flooded: [-5.5, -17]
    case .shrubs: [-9, -19.5]
    case .herbs: [-12.5, -20]
    case .dryGround: [-17, -24]
    case .smooth: [-21.5, -28]
    }
  }
}

/// A surface of a synthetic scene.
struct Surface: Equatable, Sendable {
  /// IGBP class, 1...17.
  let igbp: UInt8
  let optical: OpticalSignature
  let radar: RadarSignature

  /// Bands 2 to 4 of the land-cover file: LCCS land cover, land use, surface hydrology.
  var lccs: [UInt8] {
    switch igbp {
    case 1: [11, 10, 10]
    case 4: [14, 10, 10]
    case 6, 7: [43, 40, 40]
    case 8: [21, 20, 20]
    case 9: [22, 20, 20]
    case 10: [31, 30, 30]
    case 11: [31, 30, 50]
    case 12: [32, 36, 30]
    case 13: [1, 9, 1]
    case 14: [31, 35, 30]
    case 15: [2, 2, 2]
    case 16: [1, 1, 1]
    case 17: [3, 3, 3]
    default: preconditionFailure("no synthetic surface has IGBP class \(igbp)")
    }
  }
}
