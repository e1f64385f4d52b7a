import CRaster

/// What becomes of a sensor's finite samples before they are normalised.
///
/// A sensor states it. Nothing follows from the type in which samples are stored: optical samples stored as floats are
/// not clipped, and backscatter stored as integers is.
package enum Cleaning: Hashable, Sendable {
  /// Samples stay as they are.
  case none
  /// Samples outside of the range take its nearer end. Under the policy `paper` so do infinite ones.
  case clip(ClosedRange<Float>)

  /// The rule for one sample, with what a policy says of missing ones.
  package func rule(_ policy: NaNPolicy) -> CleaningRule {
    switch self {
    case .none: CleaningRule(low: -.infinity, high: .infinity, fillsInfinite: true)
    case .clip(let range):
      CleaningRule(low: range.lowerBound, high: range.upperBound, fillsInfinite: policy != .paper)
    }
  }
}

/// What becomes of one float sample: NaN is filled, an infinite one is filled or clipped, all others are clipped.
package struct CleaningRule: Hashable, Sendable {
  /// Samples are clipped to `low`…`high`.
  package let low, high: Float
  /// Whether infinite samples are filled as NaN is; else they are clipped.
  package let fillsInfinite: Bool

  /// Whether integers stay as they are: they are never missing.
  var keepsIntegers: Bool { low == -.infinity && high == .infinity }

  var kernel: fk_raster_cleaning { .init(low: low, high: high, fill_infinite: fillsInfinite ? 1 : 0) }
}
