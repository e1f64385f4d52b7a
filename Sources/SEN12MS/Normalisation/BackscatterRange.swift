import CKernels

/// Backscatter that counts: from the noise floor to the saturation of the sensor, in dB.
enum BackscatterRange {
  static let decibels: ClosedRange<Float> = -25...0

  static func cleaning(_ policy: NaNPolicy) -> fk_raster_cleaning {
    .init(low: decibels.lowerBound, high: decibels.upperBound, fill_infinite: policy == .paper ? 0 : 1)
  }
}
