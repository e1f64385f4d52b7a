import Basics
import Cluster
import Experiments
import Foundation
import HDF5Storage
import Rasters

/// The version of the toolkit, kept in every file it writes.
package enum ProgramVersion {
  package static let current = "0.1.0"

  /// Tells this build from another of the same version, where the system shows a process its executable.
  static var build: String {
    guard let executable = try? Data(contentsOf: URL(filePath: "/proc/self/exe"), options: .mappedIfSafe)
    else {
      return current
    }
    return "\(current), executable with checksum \(executable.withUnsafeBytes { checksum($0) })"
  }
}

/// What the program was linked with.
package enum LibraryVersions {
  /// Names with versions, "GDAL 3.6.2"; MPI is absent in a program built without it.
  package static var all: [String] {
    Devices.libraries
      + ["GDAL \(GDALLibrary.version)", "HDF5 \(HDF5Library.version)", MPILibrary.version].compactMap { $0 }
  }
}
