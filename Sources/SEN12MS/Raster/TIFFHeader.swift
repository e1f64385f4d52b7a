/// What the first bytes of a TIFF file tell, without reading the rest.
enum TIFFHeader {
  /// Usual files have their directory in the first few hundred bytes.
  private static let bytes = 4096

  /// Whether the file is one of integers that declares neither missing values nor masks; false also when its first
  /// bytes do not tell.
  /// - Throws: `InputError` (data) when the file cannot be read.
  static func declaresNothing(_ path: String) throws -> Bool {
    let file = try InputFile(path, limit: GDALMemoryFile.largest, remedy: GDALMemoryFile.remedy)
    return try withUnsafeTemporaryAllocation(byteCount: bytes, alignment: 16) { buffer in
      let head = try file.read(into: buffer)
      guard let directory = TIFFDirectory(UnsafeRawBufferPointer(rebasing: buffer[..<head])) else {
        return false
      }
      guard directory.isBare else { return false }
      guard directory.has(.sampleFormat) else { return true }
      // 1: unsigned integers.
      return directory.values(.sampleFormat).map { formats in
        (0..<formats.count).allSatisfy { formats[$0] == 1 }
      } ?? false
    }
  }
}
