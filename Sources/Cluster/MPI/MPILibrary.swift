#if MPI
  import CMPI
#endif

/// The MPI library of the program.
package enum MPILibrary {
  /// Its name and version, "Open MPI v4.1.4"; nil in a build without MPI. Starts nothing.
  package static var version: String? {
    #if MPI
      var text = [CChar](repeating: 0, count: Int(MPI_MAX_LIBRARY_VERSION_STRING) + 1)
      var length: Int32 = 0
      guard MPI_Get_library_version(&text, &length) == MPI_SUCCESS else { return "MPI" }
      let whole = String(decoding: text.prefix(Int(length)).map(UInt8.init(bitPattern:)), as: UTF8.self)
      return whole.split(separator: ",").first.map(String.init) ?? whole
    #else
      return nil
    #endif
  }
}
