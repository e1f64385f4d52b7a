import CRaster

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
  /// - Parameters:
  ///   - band: its place in a pixel.
  ///   - step: number of samples of a pixel.
  init(_ grid: DeliveredGrid, band: Int, step: Int, of sensor: Sensor, _ policy: NaNPolicy) {
    let rule = sensor.cleaning.rule(policy)
    let (pixels, step) = (Int64(grid.size.pixels), Int64(step))
    var cleaning = rule.kernel
    switch grid.values {
    case .float32(let samples):
      // NaN leaves missing samples out.
      let fill = policy == .paper ? policy.fillValue(sensor, mean: .nan) : .nan
      self.init(fk_raster_moments_f32(samples + band, pixels, step, &cleaning, fill))
    case .uint8(let samples):
      self.init(
        rule.keepsIntegers
          ? fk_raster_moments_u8(samples + band, pixels, step)
          : fk_raster_clipped_moments_u8(samples + band, pixels, step, &cleaning))
    case .uint16(let samples):
      self.init(
        rule.keepsIntegers
          ? fk_raster_moments_u16(samples + band, pixels, step)
          : fk_raster_clipped_moments_u16(samples + band, pixels, step, &cleaning))
    }
  }
}
