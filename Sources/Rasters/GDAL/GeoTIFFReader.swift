import Basics
import CGDAL
import Foundation

/// Reads images from GeoTIFF files. One reader serves one thread: it owns the memory of a file.
///
/// Samples are delivered as `[H, W, bands]` in the order of the format's bands, whatever the encoding of the
/// file (strips, tiles, compression, byte order). A file that matches the format keeps the format's sample
/// type. A file that declares more (missing values, scales, another order) is delivered as floats, with NaN
/// for missing samples. A file that contradicts the format is refused, never repaired.
package final class GeoTIFFReader {
  private let file = GDALMemoryFile()

  package init() {}

  /// Reads all bands of a file.
  ///
  /// - Parameter memory: where the samples go, of at least `format.largestBytes(at: size)` bytes, aligned for floats.
  /// - Throws: `InputError` (data) naming the file when it cannot be read or lacks a part of its pixels. The same for other
  ///   bands, another sample type or another size than expected.
  package func read(
    _ path: String, format: RasterFormat, size: PatchSize, into memory: UnsafeMutableRawBufferPointer
  ) throws -> RasterSamples {
    precondition(
      memory.count >= format.largestBytes(at: size), "the memory must have room for an image of floats")
    return try withDataset(path) { dataset, bytes, messages in
      let content = try GeoTIFFContent(dataset, format: format, bytes: bytes, path: path)
      try content.require(size)
      let target = memory.baseAddress!
      let values =
        try content.isPlain
        ? plainSamples(of: content, into: target, messages)
        : declaredSamples(of: content, into: target, messages)
      return RasterSamples(values: values, marks: content.declarations.marks)
    }
  }

  /// Reads the header of a file.
  /// - Throws: `InputError` (data) when it is not such a file, or lacks a part of its pixels.
  package func facts(of path: String, format: RasterFormat) throws -> FileFacts {
    try withDataset(path) { dataset, bytes, _ in
      let content = try GeoTIFFContent(dataset, format: format, bytes: bytes, path: path)
      return FileFacts(size: content.size, remarks: content.declarations.remarks)
    }
  }

  private func withDataset<Result>(
    _ path: String, _ body: (GDALDatasetH, _ bytes: UnsafeRawBufferPointer, GDALMessages) throws -> Result
  ) throws -> Result {
    _ = GDALDrivers.geoTIFF
    return try file.load(path) { bytes in
      try GDALMessages.collect { messages in
        // GDAL looks for side-car files among the siblings: with the file alone, it finds none.
        let own = (file.name as NSString).lastPathComponent
        let dataset = withCStrings(["GTiff"]) { drivers in
          withCStrings([own]) { siblings in
            GDALOpenEx(
              file.name, UInt32(GDAL_OF_RASTER | GDAL_OF_VERBOSE_ERROR), drivers, nil, siblings)
          }
        }
        guard let dataset else { throw damaged(path, messages) }
        defer { GDALClose(dataset) }
        return try body(dataset, bytes, messages)
      }
    }
  }

  /// The samples as they are stored.
  private func plainSamples(
    of content: GeoTIFFContent, into memory: UnsafeMutableRawPointer, _ messages: GDALMessages
  ) throws -> SampleValues {
    let (size, bands, type) = (content.size, content.format.bandNames.count, content.format.type)
    // Pixel interleaved, as the published files are, so that GDAL copies the bytes in one go.
    let status = GDALDatasetRasterIOEx(
      content.dataset, GF_Read, 0, 0, Int32(size.width), Int32(size.height), memory, Int32(size.width),
      Int32(size.height), type.gdal, Int32(bands), nil, GSpacing(bands * type.bytes),
      GSpacing(size.width * bands * type.bytes), GSpacing(type.bytes), nil)
    guard status == CE_None else { throw damaged(content.path, messages) }
    return SampleValues(memory, type: type, count: bands * size.pixels)
  }

  /// The samples as floats, with the file's declarations applied.
  private func declaredSamples(
    of content: GeoTIFFContent, into memory: UnsafeMutableRawPointer, _ messages: GDALMessages
  ) throws -> SampleValues {
    let count = content.format.bandNames.count * content.size.pixels
    let floats = memory.bindMemory(to: Float.self, capacity: count)
    guard DeclaredSamples(content).read(into: UnsafeMutableBufferPointer(start: floats, count: count)) else {
      throw damaged(content.path, messages)
    }
    return .float32(floats)
  }

  /// The error about a damaged file. GDAL's text is changed to name the file's own path.
  private func damaged(_ path: String, _ messages: GDALMessages) -> InputError {
    var reason = messages.failure ?? "unknown reason"
    let name = file.name
    for prefix in ["`\(name)' ", "\(name): ", "\(name), "] { reason = reason.replacing(prefix, with: "") }
    for other in [name, (name as NSString).lastPathComponent] {
      reason = reason.replacing(other, with: "the file")
    }
    reason = reason.trimmingCharacters(in: .whitespaces.union(.init(charactersIn: ".")))
    return InputError(
      .data, path, "not a readable GeoTIFF file (\(reason))", remedy: "download or copy the file again")
  }
}
