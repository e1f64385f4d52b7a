import Basics
import Foundation

/// The three files of a synthetic patch, planar `[bands, H, W]`.
struct SyntheticImages {
  /// Differences between scenes and within surfaces, the same for all classes.
  private enum Variation {
    /// Number of independent looks that a radar pixel averages; speckle is gamma distributed with this shape.
    static let looks = 4
    static let radarTextureDecibels = 0.5
    static let opticalTexture = 0.05
    static let opticalNoise = 0.03
    static let sceneGain = 0.03
    static let sceneDecibels = 0.4
    /// What haze adds to the reflectance × 10⁴ of a surface, bands B1 to B12: short waves are scattered most.
    static let haze: [Double] = [1300, 1100, 850, 650, 550, 450, 400, 380, 350, 300, 10, 120, 60]
  }

  /// Brightness of a whole scene: season, haze, incidence angle.
  struct SceneConditions: Sendable {
    let opticalGain: Double
    let radarDecibels: Double

    init(_ random: inout RandomStream) {
      opticalGain = 1 + Variation.sceneGain * random.normal()
      radarDecibels = Variation.sceneDecibels * random.normal()
    }
  }

  /// Backscatter in dB.
  private(set) var s1: [Float] = []
  /// Reflectance × 10⁴.
  private(set) var s2: [UInt16] = []
  /// Class numbers.
  private(set) var lc: [UInt8] = []
  /// Fraction of each of the 17 IGBP classes.
  private(set) var fractions = [Double](repeating: 0, count: IGBPFractions.classCount)

  init(
    surfaces: [Surface], map: RegionMap, faults: SensorFaults = .none, size: PatchSize,
    conditions: SceneConditions, _ random: inout RandomStream
  ) {
    let truth = map.regions.map { surfaces[$0] }
    func shown(_ wrong: Surface?) -> [Surface] {
      wrong.map { [Surface](repeating: $0, count: truth.count) } ?? truth
    }
    renderRadar(shown(faults.rain), size, conditions, &random)
    renderOptical(shown(faults.lookAlike), inHaze: faults.rain != nil, size, conditions, &random)
    for band in FileKind.lc.bandNames.indices {
      lc += truth.map { band == 0 ? $0.igbp : $0.lccs[band - 1] }
    }
    for (region, surface) in surfaces.enumerated() {
      fractions[Int(surface.igbp) - 1] += map.share(of: region)
    }
  }

  /// - Parameter surfaces: the surface of each pixel.
  private mutating func renderRadar(
    _ surfaces: [Surface], _ size: PatchSize, _ conditions: SceneConditions, _ random: inout RandomStream
  ) {
    let texture = Self.texture(size, &random)
    s1.reserveCapacity(FileKind.s1.bandNames.count * size.pixels)
    for band in FileKind.s1.bandNames.indices {
      let levels = Self.levels(surfaces.map(\.radar)) { $0.decibels[band] + conditions.radarDecibels }
      for pixel in 0..<size.pixels {
        var product = 1.0
        for _ in 0..<Variation.looks { product *= 1 - random.uniform() }
        let speckle = 10 * log10(-log(product) / Double(Variation.looks))
        let value = levels[pixel] + Variation.radarTextureDecibels * texture[pixel] + speckle
        // The sensor saturates at 0 dB.
        s1.append(Float(min(value, 0)))
      }
    }
  }

  /// - Parameter surfaces: the surface of each pixel.
  private mutating func renderOptical(
    _ surfaces: [Surface], inHaze: Bool, _ size: PatchSize, _ conditions: SceneConditions,
    _ random: inout RandomStream
  ) {
    let texture = Self.texture(size, &random)
    s2.reserveCapacity(FileKind.s2.bandNames.count * size.pixels)
    for band in FileKind.s2.bandNames.indices {
      let levels = Self.levels(surfaces.map(\.optical)) {
        ($0.reflectance[band] + (inHaze ? Variation.haze[band] : 0)) * conditions.opticalGain
      }
      for pixel in 0..<size.pixels {
        // The sum of two uniform numbers, scaled to variance 1.
        let noise = (random.uniform() + random.uniform() - 1) * 6.0.squareRoot()
        let factor = 1 + Variation.opticalTexture * texture[pixel] + Variation.opticalNoise * noise
        s2.append(UInt16(min(max(levels[pixel] * factor, 1), 10_000)))
      }
    }
  }

  /// The level of each pixel, computed once for each signature.
  private static func levels<Signature: Hashable>(
    _ signatures: [Signature], _ level: (Signature) -> Double
  ) -> [Double] {
    let known = Dictionary(uniqueKeysWithValues: Set(signatures).map { ($0, level($0)) })
    return signatures.map { known[$0]! }
  }

  /// A smooth random field of about unit variance: normal numbers on a coarse grid, interpolated.
  private static func texture(_ size: PatchSize, _ random: inout RandomStream) -> [Double] {
    let cell = 8
    let columns = size.width / cell + 2
    let grid = (0..<(size.height / cell + 2) * columns).map { _ in random.normal() }
    return (0..<size.pixels).map { pixel in
      let (row, column) = pixel.quotientAndRemainder(dividingBy: size.width)
      let v = Double(row % cell) / Double(cell)
      let u = Double(column % cell) / Double(cell)
      let corner = row / cell * columns + column / cell
      let above = grid[corner] * (1 - u) + grid[corner + 1] * u
      let below = grid[corner + columns] * (1 - u) + grid[corner + columns + 1] * u
      return above * (1 - v) + below * v
    }
  }
}
