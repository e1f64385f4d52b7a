import Basics

/// How the class of a synthetic patch follows from the images of the two sensors.
package enum SyntheticSignal: String, CaseIterable, Codable, Sendable {
  /// Half of the classes look alike to Sentinel-2 and the other half to Sentinel-1, none to both. So one
  /// sensor alone is ambiguous, and the sum of both sensors' evidence is not.
  case additive
  /// The class is the exclusive or of a Sentinel-1 and a Sentinel-2 pattern. So one sensor alone says nothing
  /// about the class, and neither does an average of the answers for each sensor.
  case interaction
  /// Sentinel-1 tells the class, but it shows a wrong surface where it rains, in half of the patches. Only haze in Sentinel-2
  /// tells that it rains. Sentinel-2 shows a wrong surface in 35 % of the patches, without a sign. So a network must learn from
  /// one sensor, patch by patch, whether it can trust the other.
  case unreliable

  /// Number of kinds of patch. A scene has about equally many patches of each kind.
  var kinds: Int {
    switch self {
    case .additive: AdditiveSurfaces.classes.count
    case .interaction: InteractionSurfaces.kinds.count
    case .unreliable: UnreliableSurfaces.kinds.count
    }
  }

  /// The surfaces of a patch of kind `kind`, a map of the surface that each pixel shows, and the sensors' faults.
  func compose(kind: Int, size: PatchSize, _ random: inout RandomStream) -> (
    surfaces: [Surface], map: RegionMap, faults: SensorFaults
  ) {
    switch self {
    case .additive:
      let surfaces = AdditiveSurfaces.draw(main: kind, &random)
      return (surfaces, RegionMap(regions: surfaces.count, size: size, &random), .none)
    case .interaction:
      return (
        [InteractionSurfaces.kinds[kind], InteractionSurfaces.pond],
        RegionMap(pondOf: InteractionSurfaces.pondShare, size: size, &random), .none
      )
    case .unreliable:
      let map = RegionMap(regions: 1, size: size, &random)
      return ([UnreliableSurfaces.kinds[kind]], map, UnreliableSurfaces.faults(kind: kind, &random))
    }
  }
}

/// The surfaces of the additive signal, by class of the simplified scheme.
///
/// The surfaces of a group look alike to one sensor. To Sentinel-2 the groups are {urban, barren, open
/// shrubland} and {broadleaf forest, wetland, closed shrubland}. To Sentinel-1 they are {grassland, cropland,
/// savanna} and {snow, water}.
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

  /// One to three surfaces, the first of class `main`. Two surfaces that one sensor confuses are never in one
  /// patch: a sensor that sees a border would else be told that there are two.
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

  /// The pond that every patch has. It is too small to count as a class of the patch.
  static let pond = Surface(igbp: 17, optical: .openWater, radar: .smooth)
  static let pondShare = 0.02...0.06
}
