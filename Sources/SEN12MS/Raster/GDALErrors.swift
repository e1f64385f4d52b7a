import CGDAL
import Foundation

/// Collects what GDAL has to say during a call, instead of letting it print.
final class GDALMessages {
  /// The first failure, which is nearest to the cause.
  private(set) var failure: String?

  /// Runs `body` with GDAL's messages of this thread going to a collection of their own.
  static func collect<Result>(_ body: (GDALMessages) throws -> Result) rethrows -> Result {
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

  /// A message without the names of functions and of memory files before it:
  /// `TIFFReadDirectory:Incorrect count for "ImageWidth"` says where GDAL noticed it, which helps nobody else.
  private static func plain(_ message: String) -> String {
    var words = message[...]
    if let call = words.range(of: "(): ", options: .backwards) { words = words[call.upperBound...] }
    while let colon = words.firstIndex(of: ":"), colon != words.startIndex, !words[..<colon].contains(" ") {
      words = words[words.index(after: colon)...].drop { $0 == " " }
    }
    return words.isEmpty ? message : String(words)
  }
}

/// The part of GDAL that the program uses: the GeoTIFF driver.
enum GDALDrivers {
  /// The GeoTIFF driver, registered on first use.
  nonisolated(unsafe) static let geoTIFF: GDALDriverH = {
    // Side-car files are neither looked for nor written: they cost a file system access for each patch.
    CPLSetConfigOption("GDAL_PAM_ENABLED", "NO")
    // Uncompressed samples are copied from where they lie instead of block by block through GDAL's cache.
    CPLSetConfigOption("GTIFF_VIRTUAL_MEM_IO", "YES")
    GDALRegister_GTiff()
    guard let driver = GDALGetDriverByName("GTiff") else {
      preconditionFailure("GDAL was built without its GeoTIFF driver")
    }
    return driver
  }()
}

/// The library that reads the patches.
public enum GDALLibrary {
  /// Its version, "3.6.2".
  public static var version: String { String(cString: GDALVersionInfo("RELEASE_NAME")) }
}
