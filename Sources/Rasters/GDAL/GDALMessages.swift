import CGDAL
import Foundation

/// Collects what GDAL has to say during a call, instead of letting it print.
package final class GDALMessages {
  /// The first failure, which is nearest to the cause.
  package private(set) var failure: String?

  /// Runs `body` with GDAL's messages of this thread going to a collection of their own.
  package static func collect<Result>(_ body: (GDALMessages) throws -> Result) rethrows -> Result {
    let messages = GDALMessages()
    CPLPushErrorHandlerEx(
      { level, _, text in
        guard level.rawValue >= CE_Failure.rawValue, let text, let data = CPLGetErrorHandlerUserData() else {
          return
        }
        let messages = Unmanaged<GDALMessages>.fromOpaque(data).takeUnretainedValue()
        if messages.failure == nil { messages.failure = GDALMessages.plain(String(cString: text)) }
      }, Unmanaged.passUnretained(messages).toOpaque())
    defer { CPLPopErrorHandler() }
    return try withExtendedLifetime(messages) { try body(messages) }
  }

  /// A message without the names of functions and memory files that GDAL puts before it:
  /// `TIFFReadDirectory:Incorrect count for "ImageWidth"` becomes `Incorrect count for "ImageWidth"`.
  private static func plain(_ message: String) -> String {
    var words = message[...]
    if let call = words.range(of: "(): ", options: .backwards) { words = words[call.upperBound...] }
    while let colon = words.firstIndex(of: ":"), colon != words.startIndex, !words[..<colon].contains(" ") {
      words = words[words.index(after: colon)...].drop { $0 == " " }
    }
    return words.isEmpty ? message : String(words)
  }
}

/// The part of GDAL that the program uses: the drivers of the encodings.
enum GDALDrivers {
  /// The GeoTIFF driver, registered on first use.
  nonisolated(unsafe) static let geoTIFF: GDALDriverH = driver(.geoTIFF, GDALRegister_GTiff)
  nonisolated(unsafe) private static let png: GDALDriverH = driver(.png, GDALRegister_PNG)
  nonisolated(unsafe) private static let jpeg: GDALDriverH = driver(.jpeg, GDALRegister_JPEG)

  /// Registers the driver of an encoding.
  static func require(_ encoding: RasterEncoding) {
    switch encoding {
    case .geoTIFF: _ = geoTIFF
    case .png: _ = png
    case .jpeg: _ = jpeg
    }
  }

  private static func driver(_ encoding: RasterEncoding, _ register: () -> Void) -> GDALDriverH {
    register()
    // Set after the first registration, which reads options from a file (GDAL_CONFIG_FILE).
    for (name, value) in options { CPLSetConfigOption(name, value) }
    guard let driver = GDALGetDriverByName(encoding.driver) else {
      preconditionFailure("GDAL was built without its \(encoding.title) driver")
    }
    return driver
  }
}

extension GDALDrivers {
  /// Options that decide what GDAL accepts and writes. Set here, they override the environment.
  fileprivate static let options = [
    // Side-car files are neither looked for nor written: they cost a file system access for each patch.
    ("GDAL_PAM_ENABLED", "NO"),
    // Uncompressed samples are copied from where they lie instead of block by block through GDAL's cache.
    ("GTIFF_VIRTUAL_MEM_IO", "YES"), ("GTIFF_DIRECT_IO", "NO"), ("GTIFF_USE_MMAP", "NO"),
    ("GDAL_FORCE_CACHING", "NO"),
    // What cannot be read is an error.
    ("GTIFF_IGNORE_READ_ERRORS", "NO"), ("GDAL_ERROR_ON_LIBJPEG_WARNING", "YES"),
    ("TIFF_READ_STREAMING", "NO"),
    ("GTIFF_USE_DEFER_STRILE_LOADING", "YES"), ("GDAL_ENABLE_TIFF_SPLIT", "YES"),
    ("GDAL_TIFF_INTERNAL_MASK_TO_8BIT", "YES"),
    // What is written depends on the samples alone.
    ("GTIFF_DONT_WRITE_BLOCKS", "NO"), ("GDAL_TIFF_ENDIANNESS", "NATIVE"),
    // The program runs threads of its own, so GDAL needs only one.
    ("GDAL_NUM_THREADS", "1"),
  ]
}

/// The library that reads the patches.
package enum GDALLibrary {
  /// The version of GDAL, such as "3.6.2".
  package static var version: String { String(cString: GDALVersionInfo("RELEASE_NAME")) }
}

/// Calls `body` with texts as GDAL's functions want them: a list that ends with a null pointer.
package func withCStrings<Result>(
  _ texts: [String], _ body: (UnsafePointer<UnsafePointer<CChar>?>) throws -> Result
) rethrows -> Result {
  let copies = texts.map { strdup($0) }
  defer { for copy in copies { free(copy) } }
  return try body(copies.map { UnsafePointer($0) } + [nil])
}
