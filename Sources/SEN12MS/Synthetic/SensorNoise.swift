import Basics

/// A sensor that tells nothing of a patch: it shows another surface, and half of its pixels are noise.
struct SensorNoise: Equatable, Sendable {
  enum Sensor: Sendable { case radar, optical }

  let sensor: Sensor
  /// The surface that the sensor shows where there is no noise.
  let decoy: Surface

  /// The share of the pixels that are noise: each shows a surface of its own, drawn from all kinds.
  static let share = 0.5

  /// The surface that a pixel of the sensor shows.
  func surface(_ random: inout RandomStream) -> Surface {
    guard random.uniform() < Self.share else { return decoy }
    return UnreliableSurfaces.kinds[random.integer(below: UnreliableSurfaces.kinds.count)]
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

  /// The share of the patches in which a sensor is noise; the two sensors are never noise together.
  static let noisyShare = 0.3

  /// The noise of a patch: of Sentinel-1, of Sentinel-2, or none.
  static func noise(kind: Int, _ random: inout RandomStream) -> SensorNoise? {
    let draw = random.uniform()
    // Another kind than the patch has.
    let decoy = kinds[(kind + 1 + random.integer(below: kinds.count - 1)) % kinds.count]
    guard draw < 2 * noisyShare else { return nil }
    return SensorNoise(sensor: draw < noisyShare ? .radar : .optical, decoy: decoy)
  }
}
