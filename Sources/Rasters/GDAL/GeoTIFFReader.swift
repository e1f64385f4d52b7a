import Basics
import CGDAL
import Foundation

/// Reads images from files: GeoTIFF, PNG and JPEG. One reader serves one thread: it owns the memory of a file.
///
/// Samples are delivered as `[H, W, bands]` in the order of the format's bands, whatever the encoding of the
/// file (strips, tiles, compression, byte order). Stored numbers are delivered as they are, with what the file declares about
/// them. A file that marks missing samples with a mask, or lacks blocks, is delivered as floats, with NaN for missing samples.
/// A file that contradicts the format is refused, never repaired.
package final class GeoTIFFReader {
  private let file = GDALMemoryFile()

  package init() {}

  /// Reads all bands of one file.
  ///
  /// - Parameter memory: where the samples go, of at least `format.largestBytes(at: size)` bytes, aligned for the type.
  /// - Throws: `InputError` (data) naming the file when it cannot be read or lacks a part of its pixels. The same for other
  ///   bands, another sample type or another size than expected.
  package func read(
    _ path: String, format: RasterFormat, size: PatchSize, into memory: UnsafeMutableRawBufferPointer
  ) throws -> RasterSamples {
    try read([RasterPart(path)], format: format, size: size, into: memory)
  }

  /// Reads the bands of a grid from one or more files.
  /// - Parameters:
  ///   - parts: the files, which together hold each band of the format once.
  ///   - memory: as for one file.
  /// - Throws: `InputError` (data) as for one file.
  package func read(
    _ parts: [RasterPart], format: RasterFormat, size: PatchSize, into memory: UnsafeMutableRawBufferPointer
  ) throws -> RasterSamples {
    precondition(
      memory.count >= format.largestBytes(at: size), "the memory must have room for an image of floats")
    let target = memory.baseAddress!
    return try samples(parts, format, size, asFloats: false, into: target)
      ?? samples(parts, format, size, asFloats: true, into: target)!
  }

  /// Reads the headers of the files of a grid.
  /// - Throws: `InputError` (data) when one is no such file, lacks a part of its pixels, or has another size than the first.
  package func facts(of parts: [RasterPart], format: RasterFormat) throws -> FileFacts {
    var facts: FileFacts?
    for part in parts {
      let found = try withContent(of: part, format) { content, _ in
        FileFacts(size: content.size, remarks: content.declarations.remarks)
      }
      if let first = facts, first.size != found.size {
        throw FileFacts.otherSize(part.path, found.size, expected: first.size)
      }
      facts = FileFacts(size: found.size, remarks: (facts?.remarks ?? []).union(found.remarks))
    }
    guard let facts else { preconditionFailure("a grid has a file") }
    return facts
  }

  /// Reads the header of a file.
  /// - Throws: `InputError` (data) when it is not such a file, or lacks a part of its pixels.
  package func facts(of path: String, format: RasterFormat) throws -> FileFacts {
    try facts(of: [RasterPart(path)], format: format)
  }

  /// The samples of all files, as they are stored or as floats; nil when some cannot be used as they are stored.
  private func samples(
    _ parts: [RasterPart], _ format: RasterFormat, _ size: PatchSize, asFloats: Bool,
    into memory: UnsafeMutableRawPointer
  ) throws -> RasterSamples? {
    let count = format.bandNames.count
    var declared = [BandDeclaration](repeating: .none, count: count)
    var marks: [MissingMarks] = []
    var read = 0
    for part in parts {
      let isRead = try withContent(of: part, format) { content, messages in
        try content.require(size)
        guard asFloats || content.isPlain else { return false }
        let isRead =
          asFloats
          ? MaskedSamples(content).read(
            into: UnsafeMutableBufferPointer(
              start: memory.bindMemory(to: Float.self, capacity: count * size.pixels),
              count: count * size.pixels))
          : content.copySamples(to: memory)
        guard isRead else { throw damaged(part.path, messages) }
        for band in content.declarations.bands { declared[band.place] = band.declared }
        marks.append(content.declarations.marks)
        read += content.declarations.bands.count
        return true
      }
      guard isRead else { return nil }
    }
    precondition(read == count, "the files of a grid hold each of its bands once")
    return RasterSamples(
      values: SampleValues(memory, type: asFloats ? .float32 : format.type, count: count * size.pixels),
      marks: .union(marks), declared: asFloats || declared.allSatisfy { $0 == .none } ? [] : declared)
  }

  /// Calls `body` with an open file that was checked against the format.
  private func withContent<Result>(
    of part: RasterPart, _ format: RasterFormat, _ body: (RasterContent, GDALMessages) throws -> Result
  ) throws -> Result {
    try withDataset(part.path) { dataset, bytes, messages in
      try body(RasterContent(dataset, part, format, RasterEncoding(part.path), bytes: bytes), messages)
    }
  }

  /// Calls `body` with an open file and its bytes.
  func withDataset<Result>(
    _ path: String, _ body: (GDALDatasetH, UnsafeRawBufferPointer, GDALMessages) throws -> Result
  ) throws -> Result {
    let encoding = RasterEncoding(path)
    GDALDrivers.require(encoding)
    return try file.load(path) { bytes in
      try GDALMessages.collect { messages in
        // GDAL looks for side-car files among the siblings: with the file alone, it finds none.
        let own = (file.name as NSString).lastPathComponent
        let dataset = withCStrings([encoding.driver]) { drivers in
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

  /// The error about a damaged file. GDAL's text is changed to name the file's own path.
  func damaged(_ path: String, _ messages: GDALMessages) -> InputError {
    var reason = messages.failure ?? "unknown reason"
    let name = file.name
    for prefix in ["`\(name)' ", "\(name): ", "\(name), "] { reason = reason.replacing(prefix, with: "") }
    for other in [name, (name as NSString).lastPathComponent] {
      reason = reason.replacing(other, with: "the file")
    }
    reason = reason.trimmingCharacters(in: .whitespaces.union(.init(charactersIn: ".")))
    return RasterContent.damage(reason, path)
  }
}
