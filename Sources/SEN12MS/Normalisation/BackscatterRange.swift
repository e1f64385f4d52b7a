/// Backscatter that counts: from the noise floor to the saturation of the sensor, in dB.
enum BackscatterRange {
  static let decibels: ClosedRange<Float> = -25...0
}
