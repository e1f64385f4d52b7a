import Basics
import CGDAL
import Foundation

/// Reads patches from GeoTIFF files. One reader serves one thread: it owns the memory of the last patch.
///
/// Whatever the encoding of a file (strips, tiles, compression, byte order), the samples come out in the order of
/// the data set's bands, `[H, W, bands]`. Files as the data set has them keep their own type. Where a file declares
/// more (missing values, scales, another order), its samples come out as floats, the missing ones as NaN. A file that
/// is not what the data set promises is refused, never repaired.
final class GeoTIFFReader {
  private let file = GDALMemoryFile()
  private var samples = UnsafeMutableRawBufferPointer(start: nil, count: 0)

  deinit { samples.deallocate() }

  /// Reads all bands of a file of kind `kind`.
  ///
  /// - Parameter body: gets the samples; they live no longer than its call.
  /// - Throws: `InputError` (data) naming the file when it cannot be read, lacks a part of its pixels, or has other
  ///   bands, another sample type or another size than expected.
  func read<Result>(
    _ path: String, kind: FileKind, size: PatchSize, _ body: (PatchSamples) throws -> Result
  ) throws -> Result {
    let found = try withDataset(path) { dataset, bytes, messages in
      let content = try GeoTIFFContent(dataset, kind: kind, bytes: bytes, path: path)
      try content.require(size)
      return try content.isPlain
        ? plainSamples(of: content, messages) : declaredSamples(of: content, messages)
    }
    return try withExtendedLifetime(self) { try body(found) }
  }

  /// What the header of a file of kind `kind` tells.
  /// - Throws: `InputError` (data) when it is not such a file, or lacks a part of its pixels.
  func facts(of path: String, kind: FileKind) throws -> FileFacts {
    try withDataset(path) { dataset, bytes, _ in
      let content = try GeoTIFFContent(dataset, kind: kind, bytes: bytes, path: path)
      return FileFacts(size: content.size, remarks: content.declarations.remarks)
    }
  }

  private func withDataset<Result>(
    _ path: String, _ body: (GDALDatasetH, _ bytes: UnsafeRawBufferPointer, GDALMessages) throws -> Result
  ) throws -> Result {
    _ = GDALDrivers.geoTIFF
    return try file.load(path) { bytes in
      try GDALMessages.collect { messages in
        // Naming the file as its only neighbour keeps GDAL from looking for others.
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
  private func plainSamples(of content: GeoTIFFContent, _ messages: GDALMessages) throws -> PatchSamples {
    let (size, bands) = (content.size, content.kind.bandNames.count)
    let (count, type) = (bands * size.pixels, content.kind.sampleType)
    let memory = reserve(count * type.bytes)
    // In the order of the originals' own bytes, which GDAL then copies in one go.
    let status = GDALDatasetRasterIOEx(
      content.dataset, GF_Read, 0, 0, Int32(size.width), Int32(size.height), memory, Int32(size.width),
      Int32(size.height), type.gdal, Int32(bands), nil, GSpacing(bands * type.bytes),
      GSpacing(size.width * bands * type.bytes), GSpacing(type.bytes), nil)
    guard status == CE_None else { throw damaged(content.path, messages) }
    let values: PatchSamples.Values =
      switch type {
      case .uint8: .uint8(memory.bindMemory(to: UInt8.self, capacity: count))
      case .uint16: .uint16(memory.bindMemory(to: UInt16.self, capacity: count))
      case .float32: .float32(memory.bindMemory(to: Float.self, capacity: count))
      }
    return PatchSamples(values: values, declarations: content.declarations)
  }

  /// The samples as the file's declarations make them.
  private func declaredSamples(of content: GeoTIFFContent, _ messages: GDALMessages) throws -> PatchSamples {
    let count = content.kind.bandNames.count * content.size.pixels
    let memory = reserve(count * MemoryLayout<Float>.stride).bindMemory(to: Float.self, capacity: count)
    guard DeclaredSamples(content).read(into: UnsafeMutableBufferPointer(start: memory, count: count)) else {
      throw damaged(content.path, messages)
    }
    return PatchSamples(values: .float32(memory), declarations: content.declarations)
  }

  private func reserve(_ bytes: Int) -> UnsafeMutableRawPointer {
    if samples.count < bytes {
      samples.deallocate()
      samples = .allocate(byteCount: bytes, alignment: 64)
    }
    return samples.baseAddress!
  }

  /// What GDAL says of a file, in terms of the file: GDAL knows it by another name.
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
