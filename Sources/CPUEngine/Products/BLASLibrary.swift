import COpenBLAS

/// The linear-algebra library that the program runs on.
package enum BLASLibrary {
  /// The processor that OpenBLAS has chosen its kernels for, e.g. `SkylakeX`; the environment variable
  /// `OPENBLAS_CORETYPE` can force another.
  package static var coreName: String { String(cString: openblas_get_corename()) }

  /// Address space that it maps for each thread that multiplies.
  package static let bufferBytes = 128 << 20

  /// Its name and version, "OpenBLAS 0.3.21".
  package static var version: String {
    String(cString: openblas_get_config()).split(separator: " ").prefix(2).joined(separator: " ")
  }
}
