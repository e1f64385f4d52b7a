import Basics

/// The sensors that show another surface than a patch has.
struct SensorFaults: Equatable, Sendable {
  static let none = SensorFaults(rain: nil, lookAlike: nil)

  /// Rain: Sentinel-1 shows this surface, and Sentinel-2 sees haze. Nil without rain.
  let rain: Surface?
  /// Sentinel-2 shows this surface, and neither sensor has a sign of it. Nil where it shows the patch's own.
  let lookAlike: Surface?

  /// A table as CSV, a row for each patch: its id, and 1 or 0 for rain and for a surface that Sentinel-2 mistakes. For example
  /// `ROIs1158_spring_s2_1_p1.tif,1,0`.
  static func table(_ patches: [(id: PatchID, faults: SensorFaults)]) -> String {
    let rows = patches.map { id, faults in
      "\(id),\(faults.rain == nil ? 0 : 1),\(faults.lookAlike == nil ? 0 : 1)\n"
    }
    return "id,rain,look_alike\n" + rows.joined()
  }
}

/// The surfaces of the unreliable signal: each looks different to both sensors.
enum UnreliableSurfaces {
  static let kinds = [
    Surface(igbp: 4, optical: .lushCanopy, radar: .volume),
    Surface(igbp: 7, optical: .dryGrass, radar: .shrubs),
    Surface(igbp: 11, optical: .woodland, radar: .flooded),
    Surface(igbp: 12, optical: .crop, radar: .herbs),
    Surface(igbp: 13, optical: .cropMosaic, radar: .corners),
    Surface(igbp: 16, optical: .brightMineral, radar: .dryGround),
    Surface(igbp: 17, optical: .openWater, radar: .smooth),
  ]

  /// The share of the patches in which it rains.
  static let rainShare = 0.5
  /// The share of the patches in which Sentinel-2 shows another surface, in rain and without.
  static let lookAlikeShare = 0.35

  /// The faults of a patch of kind `kind`. A wrong surface is any other kind, each equally often.
  static func faults(kind: Int, _ random: inout RandomStream) -> SensorFaults {
    func another(in share: Double) -> Surface? {
      let isWrong = random.uniform() < share
      let other = kinds[(kind + 1 + random.integer(below: kinds.count - 1)) % kinds.count]
      return isWrong ? other : nil
    }
    return SensorFaults(rain: another(in: rainShare), lookAlike: another(in: lookAlikeShare))
  }
}
