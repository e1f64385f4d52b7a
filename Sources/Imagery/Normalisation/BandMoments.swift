import CRaster
import Rasters

/// Mean and variance of one band, gathered piece by piece in double precision (Chan, Golub, LeVeque 1979).
struct BandMoments: Sendable {
  private(set) var count = 0.0
  private(set) var mean = 0.0
  private var squares = 0.0

  init() {}

  init(_ moments: fk_raster_moments) {
    count = Double(moments.count)
    mean = moments.mean
    squares = moments.squares
  }

  /// The population standard deviation.
  var std: Double { count > 0 ? (squares / count).squareRoot() : 0 }

  /// Adds another piece.
  mutating func merge(_ other: BandMoments) {
    guard other.count > 0 else { return }
    let total = count + other.count
    let difference = other.mean - mean
    mean += difference * other.count / total
    squares += other.squares + difference * difference * count * other.count / total
    count = total
  }
}

extension BandMoments {
  /// The moments of one band of a grid.
  init(
    _ values: SampleValues, band: Int, pixels: Int64, step: Int, _ rule: CleaningRule, _ policy: NaNPolicy
  ) {
    var cleaning = rule.kernel
    let fill: Float = policy == .paper ? 0 : .nan
    func cleaned(_ value: (Int) -> Float) -> fk_raster_moments {
      let plane = (0..<Int(pixels)).map { value($0 * step + band) }
      return fk_raster_moments_f32(plane, pixels, 1, &cleaning, fill)
    }
    switch values {
    case .float32(let samples):
      self.init(fk_raster_moments_f32(samples + band, pixels, Int64(step), &cleaning, fill))
    case .uint16(let samples) where rule.keepsIntegers:
      self.init(fk_raster_moments_u16(samples + band, pixels, Int64(step)))
    case .uint16(let samples): self.init(cleaned { Float(samples[$0]) })
    case .uint8(let samples): self.init(cleaned { Float(samples[$0]) })
    }
  }
}
