import Cluster
import Experiments
import HDF5Storage
import Rasters

/// What the program was linked with.
package enum LibraryVersions {
  /// Names with versions, "GDAL 3.6.2"; MPI is absent in a program built without it.
  package static var all: [String] {
    Devices.libraries
      + ["GDAL \(GDALLibrary.version)", "HDF5 \(HDF5Library.version)", MPILibrary.version].compactMap { $0 }
  }
}
