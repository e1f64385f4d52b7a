/// What a file declares about the stored numbers of one band.
package struct BandDeclaration: Hashable, Sendable {
  /// The stored number that marks a missing sample; nil for none.
  package let nodata: Double?
  /// value = stored · scale + offset.
  package let scale, offset: Double

  package init(nodata: Double? = nil, scale: Double = 1, offset: Double = 0) {
    (self.nodata, self.scale, self.offset) = (nodata, scale, offset)
  }

  /// Stored numbers are values, and none is missing.
  package static let none = BandDeclaration()

  package var isScaled: Bool { scale != 1 || offset != 0 }
}
