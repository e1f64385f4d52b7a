import COpenBLAS

/// The linear-algebra library that the program runs on.
public enum BLASLibrary {
  /// The processor that OpenBLAS has chosen its kernels for, e.g. `SkylakeX`; the environment variable
  /// `OPENBLAS_CORETYPE` can force another.
  public static var coreName: String { String(cString: openblas_get_corename()) }
}
