import Basics
import CGDAL
import Foundation

/// Where a patch lies on the ground: UTM metres of its upper left corner, pixels of 10 m, north up.
package struct Georeference: Sendable {
  package static let pixelMetres = 10.0

  package let east: Double
  package let north: Double
  /// The coordinate system as well-known text.
  package let projection: String

  package init(east: Double, north: Double, projection: String) {
    (self.east, self.north) = (east, north)
    self.projection = projection
  }

  /// The well-known text of an EPSG code.
  ///
  /// PROJ_DATA and PROJ_LIB may name data of another installation. When these fail, the system's data are
  /// used.
  /// - Throws: `InputError` (environment) when the projection library does not know the code.
  package static func projection(epsg: Int) throws -> String {
    let first = wellKnownText(of: epsg)
    if case .success(let text) = first { return text }
    let environment = ProcessInfo.processInfo.environment
    let foreign: [String] = ["PROJ_DATA", "PROJ_LIB"].compactMap { name in
      environment[name].map { "\(name)=\($0)" }
    }
    if !foreign.isEmpty {
      useSystemData()
      if case .success(let text) = wellKnownText(of: epsg) { return text }
    }
    guard case .failure(let failure) = first else { preconditionFailure("the first attempt failed") }
    throw InputError(
      .environment, "EPSG:\(epsg)", "not known to the projection library (\(failure.reason))",
      remedy: foreign.isEmpty
        ? "install its data (Debian: proj-data)"
        : "unset \(foreign.joined(separator: " and ")), which names the data of another installation, "
          + "or install proj-data")
  }

  private struct Failure: Error {
    let reason: String
  }

  private static func wellKnownText(of epsg: Int) -> Result<String, Failure> {
    GDALMessages.collect { messages in
      guard let system = OSRNewSpatialReference(nil) else {
        return .failure(Failure(reason: "it could not make a coordinate system"))
      }
      defer { OSRDestroySpatialReference(system) }
      var text: UnsafeMutablePointer<CChar>?
      guard OSRImportFromEPSG(system, Int32(epsg)) == OGRERR_NONE,
        OSRExportToWkt(system, &text) == OGRERR_NONE, let text
      else { return .failure(Failure(reason: messages.failure ?? "no reason")) }
      defer { VSIFree(text) }
      return .success(String(cString: text))
    }
  }

  /// Makes the projection library search the system's data folders, not those that the environment names.
  private static func useSystemData() {
    withCStrings(["/usr/share/proj", "/usr/local/share/proj"]) { OSRSetPROJSearchPaths($0) }
  }
}
