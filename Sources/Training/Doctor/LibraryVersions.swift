import Checkpoints
import Cluster
import Networks
import SEN12MS

/// What the program was linked with.
enum LibraryVersions {
  /// Names with versions, "GDAL 3.6.2"; MPI is absent in a program built without it.
  static var all: [String] {
    [
      BLASLibrary.version, "GDAL \(GDALLibrary.version)", "HDF5 \(HDF5Library.version)", MPILibrary.version,
    ].compactMap { $0 }
  }
}
