import Basics

/// Facts from the first bytes of a TIFF file, without reading the rest.
package enum TIFFHeader {
  /// Usual files have their directory and the offsets of their blocks in these first bytes.
  private static let bytes = 4096

  /// Whether a file of `format` holds all of its samples, as integers, and declares neither missing values nor masks. false
  /// also when its first bytes do not show that.
  ///
  /// So a file that a broken download has cut off is found without reading it. Compressed samples are not decoded.
  /// - Parameter size: the size that the file must have.
  /// - Throws: `InputError` (data) when the file cannot be read.
  package static func holdsAllIntegers(
    _ part: RasterPart, _ format: RasterFormat, size: PatchSize
  ) throws -> Bool {
    guard RasterEncoding(part.path) == .geoTIFF else { return false }
    let file = try InputFile(part.path, limit: GDALMemoryFile.largest, remedy: GDALMemoryFile.remedy)
    return try withUnsafeTemporaryAllocation(byteCount: bytes, alignment: 16) { buffer in
      let head = try file.read(into: buffer)
      guard let directory = TIFFDirectory(UnsafeRawBufferPointer(rebasing: buffer[..<head])) else {
        return false
      }
      // One band more than the format has may be an alpha band.
      let bands = part.mayHoldMore ? directory.bands : part.bandCount(format)
      guard directory.isBare, directory.bands == bands else { return false }
      guard hasAllBlocks(directory, size: size, bands: bands, fileBytes: file.bytes) else { return false }
      guard directory.has(.sampleFormat) else { return format.type != .int16 }
      // 1: unsigned integers, 2: integers with a sign.
      return directory.values(.sampleFormat).map { formats in
        (0..<formats.count).allSatisfy { formats[$0] == (format.type == .int16 ? 2 : 1) }
      } ?? false
    }
  }

  private static func hasAllBlocks(
    _ directory: TIFFDirectory, size: PatchSize, bands: Int, fileBytes: Int
  ) -> Bool {
    guard directory.value(.width) == UInt64(size.width), directory.value(.height) == UInt64(size.height)
    else { return false }
    do throws(BlockLayout.Damage) {
      return try BlockLayout(directory, size: size, bands: bands, fileBytes: fileBytes).missing.isEmpty
    } catch {
      // Reading the whole file later finds the fault.
      return false
    }
  }
}
