#if canImport(Glibc)
  import Glibc
#endif

/// The processors that this process may use.
public enum UsableCores {
  /// Number of processors in the affinity mask, which batch systems set to what was asked for.
  public static var count: Int {
    var set = cpu_set_t()
    guard sched_getaffinity(0, MemoryLayout<cpu_set_t>.size, &set) == 0 else {
      return max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
    }
    return max(1, withUnsafeBytes(of: set) { $0.reduce(0) { $0 + $1.nonzeroBitCount } })
  }
}
