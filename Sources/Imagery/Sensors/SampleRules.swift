/// How the numbers of a sensor's files become values, before missing samples are handled and values are cleaned.
package struct SampleRules: Hashable, Sendable {
  /// How coarser or finer bands are brought to the pixels of the patch.
  package enum Resampling: String, CaseIterable, Hashable, Sendable {
    /// The sample that covers the pixel's upper left corner: source row = ⌊row · source rows / rows⌋, columns alike.
    case nearest
    /// Between the four samples around the pixel's centre: s = (t + 0.5) · n / N − 0.5, held to 0…n − 1. Weights are doubles,
    /// the result is a float.
    case bilinear
  }

  /// value = stored · scale + offset, in floats. The product is rounded, then the sum.
  package struct Scaling: Hashable, Sendable {
    package let scale, offset: Float

    package init(scale: Float, offset: Float) { (self.scale, self.offset) = (scale, offset) }
  }

  /// nil for stored numbers as they are, or scaled as their files say. Otherwise the scale that files declare does not count.
  package var scaling: Scaling?
  /// The stored number that marks a missing sample, besides those that files declare; nil for none.
  package var nodata: Double?
  /// The value that the policy `paper` puts in the place of a missing sample, before values are clipped.
  package var invalid: Float
  package var resampling: Resampling
  /// Whether files of another sample type are read where that loses nothing. Others are refused.
  package var acceptsOtherTypes: Bool
  /// Whether samples are class numbers.
  package var isCategorical: Bool

  package init(
    scaling: Scaling? = nil, nodata: Double? = nil, invalid: Float = 0, resampling: Resampling = .nearest,
    acceptsOtherTypes: Bool = false, isCategorical: Bool = false
  ) {
    (self.scaling, self.nodata, self.invalid, self.resampling) = (scaling, nodata, invalid, resampling)
    (self.acceptsOtherTypes, self.isCategorical) = (acceptsOtherTypes, isCategorical)
  }
}
