import Basics

/// The colours of the classes of a data set.
struct Legend: Equatable {
  /// By the name of a class, or of a merged class of a scheme. A name means the same in all schemes of a data set.
  let colours: [String: Colour]

  /// - Parameter text: a line for each class: "009900 Forest".
  private init(_ text: String) {
    colours = Dictionary(
      uniqueKeysWithValues: text.split(separator: "\n").map { line in
        guard let space = line.firstIndex(of: " "), let colour = Colour(hex: "#\(line[..<space])") else {
          preconditionFailure("a line of a legend is a colour and a class, not '\(line)'")
        }
        return (String(line[line.index(after: space)...]), colour)
      })
  }

  private init(_ colours: [String: Colour]) { self.colours = colours }

  /// Both legends together. Where both have a class, the colour of this legend is taken.
  private func adding(_ other: Legend) -> Legend { Legend(colours.merging(other.colours) { own, _ in own }) }

  /// The legend of the built-in data set of this name; else the first one that has all these classes; nil where there is none.
  static func of(dataSet name: String, classes: [String]) -> Legend? {
    known.first { $0.dataSet == name }?.legend
      ?? known.first { _, legend in classes.allSatisfy { legend.colours[$0] != nil } }?.legend
  }

  private static let known: [(dataSet: String, legend: Legend)] = {
    let sen12ms = igbp.adding(simplifiedIGBP)
    return [
      ("sen12ms", sen12ms), ("sen12ms-cr", sen12ms), ("sen12ms-landuse", landUse),
      ("dfc2020", simplifiedIGBP),
      ("bigearthnet-v1", corine.adding(bigEarthNet)), ("bigearthnet-v2", bigEarthNet.adding(corineLevel1)),
      ("eurosat-rgb", euroSAT),
      ("eurosat-ms", euroSAT), ("eurosat-s1s2", euroSAT), ("so2sat", localClimateZones),
      ("so2sat-v2", localClimateZones), ("so2sat-v3", localClimateZones), ("own-folder", ownFolder),
    ]
  }()
}

// MARK: MODIS

extension Legend {
  /// Land Cover Type 1 (IGBP) of MODIS MCD12Q1, as the data catalogue of Google Earth Engine publishes it.
  private static let igbp = Legend(
    """
    05450a Evergreen Needleleaf Forests
    086a10 Evergreen Broadleaf Forests
    54a708 Deciduous Needleleaf Forests
    78d203 Deciduous Broadleaf Forests
    009900 Mixed Forests
    c6b044 Closed Shrublands
    dcd159 Open Shrublands
    dade48 Woody Savannas
    fbff13 Savannas
    b6ff05 Grasslands
    27ff87 Permanent Wetlands
    c24f44 Croplands
    a5a5a5 Urban and Built-up Lands
    ff6d4c Cropland/Natural Vegetation Mosaics
    69fff8 Permanent Snow and Ice
    f9ffa4 Barren
    1c0dff Water Bodies
    """)

  /// The simplified scheme of SEN12MS and DFC2020, in the colours of the baseline code of the IEEE GRSS Data Fusion Contest
  /// 2020: each merged class has the colour of one of its IGBP classes.
  private static let simplifiedIGBP = Legend(
    """
    009900 Forest
    c6b044 Shrubland
    fbff13 Savanna
    b6ff05 Grassland
    27ff87 Wetlands
    c24f44 Croplands
    a5a5a5 Urban/Built-up
    69fff8 Snow/Ice
    f9ffa4 Barren
    1c0dff Water
    """)

  /// The land use layer (LCCS2) of MODIS MCD12Q1 in the colours of Google Earth Engine's data catalogue; then the scheme
  /// `use`, whose merged classes have colours of the IGBP legend.
  private static let landUse = Legend(
    """
    f9ffa4 Barren
    69fff8 Permanent Snow and Ice
    1c0dff Water Bodies
    a5a5a5 Urban and Built-up Lands
    003f00 Dense Forests
    006c00 Open Forests
    e3ff77 Forest/Cropland Mosaics
    b6ff05 Natural Herbaceous
    93ce04 Natural Herbaceous/Croplands Mosaics
    77a703 Herbaceous Croplands
    dcd159 Shrublands
    a5a5a5 Urban
    c24f44 Cropland
    009900 Forest
    dade48 Open land
    1c0dff Water and ice
    """)
}

// MARK: CORINE

extension Legend {
  /// CORINE Land Cover, level 3, in the colours of the European Environment Agency's legend.
  private static let corine = Legend(
    """
    e6004d Continuous urban fabric
    ff0000 Discontinuous urban fabric
    cc4df2 Industrial or commercial units
    cc0000 Road and rail networks and associated land
    e6cccc Port areas
    e6cce6 Airports
    a600cc Mineral extraction sites
    a64d00 Dump sites
    ff4dff Construction sites
    ffa6ff Green urban areas
    ffe6ff Sport and leisure facilities
    ffffa8 Non-irrigated arable land
    ffff00 Permanently irrigated land
    e6e600 Rice fields
    e68000 Vineyards
    f2a64d Fruit trees and berry plantations
    e6a600 Olive groves
    e6e64d Pastures
    ffe6a6 Annual crops associated with permanent crops
    ffe64d Complex cultivation patterns
    e6cc4d Land principally occupied by agriculture, with significant areas of natural vegetation
    f2cca6 Agro-forestry areas
    80ff00 Broad-leaved forest
    00a600 Coniferous forest
    4dff00 Mixed forest
    ccf24d Natural grassland
    a6ff80 Moors and heathland
    a6e64d Sclerophyllous vegetation
    a6f200 Transitional woodland/shrub
    e6e6e6 Beaches, dunes, sands
    cccccc Bare rock
    ccffcc Sparsely vegetated areas
    000000 Burnt areas
    a6a6ff Inland marshes
    4d4dff Peatbogs
    ccccff Salt marshes
    e6e6ff Salines
    a6a6e6 Intertidal flats
    00ccf2 Water courses
    80f2e6 Water bodies
    00ffa6 Coastal lagoons
    a6ffe6 Estuaries
    e6f2ff Sea and ocean
    """)

  /// The 19 classes of BigEarthNet, which merge classes of CORINE. Each has the colour of the first class that it merges;
  /// `Permanent crops` has the colour of `Vineyards`.
  private static let bigEarthNet = Legend(
    """
    e6004d Urban fabric
    cc4df2 Industrial or commercial units
    ffffa8 Arable land
    e68000 Permanent crops
    e6e64d Pastures
    ffe64d Complex cultivation patterns
    e6cc4d Land principally occupied by agriculture, with significant areas of natural vegetation
    f2cca6 Agro-forestry areas
    80ff00 Broad-leaved forest
    00a600 Coniferous forest
    4dff00 Mixed forest
    ccf24d Natural grassland and sparsely vegetated areas
    a6ff80 Moors, heathland and sclerophyllous vegetation
    a6f200 Transitional woodland, shrub
    e6e6e6 Beaches, dunes, sands
    a6a6ff Inland wetlands
    ccccff Coastal wetlands
    00ccf2 Inland waters
    00ffa6 Marine waters
    """)

  /// The scheme `clc-level-1` in the colours of CORINE's first level.
  private static let corineLevel1 = Legend(
    """
    e6004d Artificial
    ffffa8 Agriculture
    80ff00 Forest and semi-natural
    a6a6ff Wetlands
    00ccf2 Water
    """)

  /// EuroSAT publishes no colours: these are CORINE's for the nearest classes, with a darker Residential and a grey Highway,
  /// since the legend's two reds for houses and roads are hard to tell apart. Then the scheme `water`.
  private static let euroSAT = Legend(
    """
    ffffa8 AnnualCrop
    00a600 Forest
    ccf24d HerbaceousVegetation
    737373 Highway
    cc4df2 Industrial
    e6cc4d Pasture
    e68000 PermanentCrop
    e6004d Residential
    00ccf2 River
    4d4dff SeaLake
    00ccf2 water
    ccf24d land
    """)
}

// MARK: Others

extension Legend {
  /// The 17 local climate zones of Stewart and Oke (2012) in the colours of the World Urban Database (WUDAPT); then the
  /// scheme `built-or-not`.
  private static let localClimateZones = Legend(
    """
    8c0000 Compact high rise
    d10000 Compact mid rise
    ff0000 Compact low rise
    bf4d00 Open high rise
    ff6600 Open mid rise
    ff9955 Open low rise
    faee05 Lightweight low rise
    bcbcbc Large low rise
    ffccaa Sparsely built
    555555 Heavy industry
    006a00 Dense trees
    00aa00 Scattered trees
    648525 Bush, scrub
    b9db79 Low plants
    000000 Bare rock or paved
    fbf7ae Bare soil or sand
    6a6aff Water
    d10000 built
    00aa00 natural
    """)

  /// The example of a folder of one's own, in colours of the IGBP legend.
  private static let ownFolder = Legend(
    """
    c24f44 cropland
    009900 forest, mixed
    a5a5a5 settlement
    1c0dff water
    """)
}
