import Basics

/// The format of a sensor's files. A reader refuses a file of another format.
package struct RasterFormat: Hashable, Sendable {
  /// The name of such a file in messages: "Sentinel-1".
  package let title: String
  /// Names of the bands, in the order in which samples are delivered.
  package let bandNames: [String]
  package let type: SampleType
  /// Whether samples are class numbers: files with a scale are then refused.
  package let isCategorical: Bool
  /// Whether files of another sample type are read, as floats, where that loses nothing. Others are refused.
  package var acceptsOtherTypes = false
  /// The stored number that marks a missing sample, besides those that files declare; nil for none.
  package var nodata: Double?
  /// Whether the scale of stored numbers is known, so that the scale that files declare does not count.
  package var knowsScale = false

  package init(title: String, bandNames: [String], type: SampleType, isCategorical: Bool = false) {
    self.title = title
    self.bandNames = bandNames
    self.type = type
    self.isCategorical = isCategorical
  }

  /// Whether bands are named by numbers, such as `B2` or `B8A`. Other programs write `B02` or `Band 2`.
  var numbersBands: Bool {
    bandNames.allSatisfy { $0.first == "B" && $0.dropFirst().first?.isNumber == true }
  }

  /// The most bytes that the samples of an image take. Some files are delivered as floats, which take more than bytes.
  package func largestBytes(at size: PatchSize) -> Int {
    size.pixels * bandNames.count * max(type.bytes, SampleType.float32.bytes)
  }
}

/// The samples of an image, `[H, W, bands]`, in the order of its format's bands.
package struct RasterSamples {
  /// In the type of the format; or floats, with NaN for missing samples, where declarations are applied already.
  package let values: SampleValues
  package let marks: MissingMarks
  /// What the file declares about each band of `values`; empty for nothing.
  package let declared: [BandDeclaration]
}
