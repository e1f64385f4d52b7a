import CRaster

/// The rule by which a sensor's finite samples are cleaned before they are normalised.
///
/// The sensor states the rule, and the stored type plays no part. Optical samples stored as floats are not clipped, and
/// backscatter stored as integers is clipped.
package enum Cleaning: Hashable, Sendable {
  /// Samples stay as they are.
  case none
  /// Samples outside the range take its nearer end. Under the policy `paper` infinite samples do so too.
  case clip(ClosedRange<Float>)

  /// A finite sample after cleaning.
  func cleaned(_ value: Float) -> Float {
    switch self {
    case .none: value
    case .clip(let range): min(max(value, range.lowerBound), range.upperBound)
    }
  }

  /// The rule for one sample, together with a policy for missing samples.
  package func rule(_ policy: NaNPolicy) -> CleaningRule {
    switch self {
    case .none: CleaningRule(low: -.infinity, high: .infinity, fillsInfinite: true)
    case .clip(let range):
      CleaningRule(low: range.lowerBound, high: range.upperBound, fillsInfinite: policy != .paper)
    }
  }
}

/// The rule for one float sample: NaN is filled, an infinite sample is filled or clipped, others are clipped.
package struct CleaningRule: Hashable, Sendable {
  /// Samples are clipped to `low`…`high`.
  package let low, high: Float
  /// Whether infinite samples are filled like NaN. Otherwise they are clipped.
  package let fillsInfinite: Bool

  /// Whether integers stay as they are: they are never missing.
  var keepsIntegers: Bool { low == -.infinity && high == .infinity }

  /// The rule that clips to a range what this one has clipped; the same for no range.
  func narrowed(to range: ClosedRange<Float>?) -> CleaningRule {
    guard let range else { return self }
    func clipped(_ value: Float) -> Float { min(max(value, range.lowerBound), range.upperBound) }
    return CleaningRule(low: clipped(low), high: clipped(high), fillsInfinite: fillsInfinite)
  }

  var kernel: fk_raster_cleaning { .init(low: low, high: high, fill_infinite: fillsInfinite ? 1 : 0) }
}
