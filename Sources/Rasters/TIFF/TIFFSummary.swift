import Basics

/// Facts from the directory of a TIFF file about its first image. No sample is read.
package struct TIFFSummary: Equatable, Sendable {
  package let size: PatchSize
  package let bands: Int
  /// "float32", "uint16"; nil where the file does not say.
  package let sampleType: String?
  /// Width of a pixel on the ground, metres (degrees in a few files); nil without a georeference.
  package let pixelMetres: Double?

  /// The most bytes that are read to find the directory.
  private static let limit = 64 << 20

  /// Reads the directory of a file.
  /// - Returns: nil for a file that is no TIFF file, or whose directory lies too far behind its beginning.
  /// - Throws: `InputError` (data) when the file cannot be read.
  package init?(contentsOf path: String) throws {
    let file = try InputFile(path, limit: .max)
    var bytes = [UInt8](repeating: 0, count: min(file.bytes, Self.limit))
    let filled = try bytes.withUnsafeMutableBytes { try file.read(into: $0) }
    let summary = bytes.withUnsafeBytes { bytes in
      TIFFDirectory(UnsafeRawBufferPointer(rebasing: bytes[..<filled])).flatMap(Self.init)
    }
    guard let summary else { return nil }
    self = summary
  }

  private init?(_ directory: TIFFDirectory) {
    let largest = UInt64(Int32.max)
    guard let width = directory.value(.width), let height = directory.value(.height),
      (1...largest).contains(width), (1...largest).contains(height)
    else { return nil }
    size = PatchSize(height: Int(height), width: Int(width))
    bands = directory.bands
    let kinds: [UInt64: String] = [1: "uint", 2: "int", 3: "float"]
    let kind = kinds[directory.value(.sampleFormat) ?? 1]
    sampleType = kind.flatMap { kind in directory.value(.bitsPerSample).map { "\(kind)\($0)" } }
    pixelMetres = directory.double(.pixelScale)
  }

  /// Whether the image has the form of a format's files.
  package func isLike(_ format: RasterFormat) -> Bool {
    bands == format.bandNames.count && sampleType == format.type.name
  }
}
