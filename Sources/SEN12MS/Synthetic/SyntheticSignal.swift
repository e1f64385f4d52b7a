import Basics

/// How the class of a synthetic patch shows in the two sensors.
package enum SyntheticSignal: String, CaseIterable, Codable, Sendable {
  /// Half of the classes look alike to Sentinel-2 and half look alike to Sentinel-1, none to both: one sensor
  /// alone is ambiguous, the sum of their evidence is not.
  case additive
  /// The class is the exclusive or of a Sentinel-1 and a Sentinel-2 pattern: each sensor alone tells nothing,
  /// nor does any average of what they tell.
  case interaction

  /// Number of kinds of patch, between which a scene is balanced.
  var kinds: Int {
    switch self {
    case .additive: AdditiveSurfaces.classes.count
    case .interaction: InteractionSurfaces.kinds.count
    }
  }

  /// The surfaces of a patch of kind `kind`, and which of them each pixel shows.
  func compose(kind: Int, size: PatchSize, _ random: inout RandomStream) -> (
    surfaces: [Surface], map: RegionMap
  ) {
    switch self {
    case .additive:
      let surfaces = AdditiveSurfaces.draw(main: kind, &random)
      return (surfaces, RegionMap(regions: surfaces.count, size: size, &random))
    case .interaction:
      return (
        [InteractionSurfaces.kinds[kind], InteractionSurfaces.pond],
        RegionMap(pondOf: InteractionSurfaces.pondShare, size: size, &random)
      )
    }
  }
}

/// The surfaces of the additive signal, by class of the simplified scheme.
///
/// To Sentinel-2, {urban, barren, open shrubland} and {broadleaf forest, wetland, closed shrubland} are one
/// each; to Sentinel-1, {grassland, cropland, savanna} and {snow, water} are.
enum AdditiveSurfaces {
  static let classes: [[Surface]] = [
    [
      Surface(igbp: 4, optical: .lushCanopy, radar: .volume),
      Surface(igbp: 4, optical: .lushCanopy, radar: .volume),
      Surface(igbp: 4, optical: .lushCanopy, radar: .volume),
      Surface(igbp: 1, optical: .needleleaf, radar: .volume),
    ],
    [
      Surface(igbp: 6, optical: .lushCanopy, radar: .shrubs),
      Surface(igbp: 7, optical: .brightMineral, radar: .shrubs),
    ],
    [
      Surface(igbp: 8, optical: .woodland, radar: .herbs),
      Surface(igbp: 9, optical: .dryGrass, radar: .herbs),
    ],
    [Surface(igbp: 10, optical: .meadow, radar: .herbs)],
    [Surface(igbp: 11, optical: .lushCanopy, radar: .flooded)],
    [
      Surface(igbp: 12, optical: .crop, radar: .herbs),
      Surface(igbp: 14, optical: .cropMosaic, radar: .herbs),
    ],
    [Surface(igbp: 13, optical: .brightMineral, radar: .corners)],
    [Surface(igbp: 15, optical: .snow, radar: .smooth)],
    [Surface(igbp: 16, optical: .brightMineral, radar: .dryGround)],
    [Surface(igbp: 17, optical: .openWater, radar: .smooth)],
  ]

  /// One to three surfaces, the first of class `main`. Each border shows in both sensors: two surfaces that
  /// one sensor confuses never meet, or their number would give them away.
  static func draw(main: Int, _ random: inout RandomStream) -> [Surface] {
    let count = [1, 1, 2, 2, 3][random.integer(below: 5)]
    var surfaces: [Surface] = []
    var kind = main
    while surfaces.count < count {
      let candidate = classes[kind][random.integer(below: classes[kind].count)]
      if surfaces.allSatisfy({ $0.optical != candidate.optical && $0.radar != candidate.radar }) {
        surfaces.append(candidate)
      }
      kind = random.integer(below: classes.count)
    }
    return surfaces
  }
}

/// The surfaces of the interaction signal: grassland where both sensors show growth or neither does, cropland
/// where they differ.
enum InteractionSurfaces {
  static let kinds = [
    Surface(igbp: 10, optical: .crop, radar: .volume),
    Surface(igbp: 10, optical: .dryGrass, radar: .dryGround),
    Surface(igbp: 12, optical: .crop, radar: .dryGround),
    Surface(igbp: 12, optical: .dryGrass, radar: .volume),
  ]

  /// Every patch has a pond, too small to count as a class of its own.
  static let pond = Surface(igbp: 17, optical: .openWater, radar: .smooth)
  static let pondShare = 0.02...0.06
}
