/// What the first bytes of a TIFF file tell, without reading the rest.
enum TIFFHeader {
  /// Usual files have their directory in the first few hundred bytes.
  private static let bytes = 4096

  /// Whether a file of kind `kind` is one of integers that declares neither missing values nor masks; false also when
  /// its first bytes do not tell.
  /// - Throws: `InputError` (data) when the file cannot be read.
  static func declaresNothing(_ path: String, _ kind: FileKind) throws -> Bool {
    let file = try InputFile(path, limit: GDALMemoryFile.largest, remedy: GDALMemoryFile.remedy)
    return try withUnsafeTemporaryAllocation(byteCount: bytes, alignment: 16) { buffer in
      let head = try file.read(into: buffer)
      guard let directory = TIFFDirectory(UnsafeRawBufferPointer(rebasing: buffer[..<head])) else {
        return false
      }
      // A further band may be an alpha band.
      let bands = UInt64(kind.bandNames.count)
      guard directory.isBare, directory.value(.samplesPerPixel) == bands else { return false }
      guard directory.has(.sampleFormat) else { return true }
      // 1: unsigned integers.
      return directory.values(.sampleFormat).map { formats in
        (0..<formats.count).allSatisfy { formats[$0] == 1 }
      } ?? false
    }
  }
}
