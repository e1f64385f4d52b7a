#if canImport(Glibc)
  import Glibc
#endif

/// The time since some moment in the past. Setting the clock does not change it.
enum MonotonicTime {
  static var nanoseconds: UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
  }

  static var milliseconds: Int64 { Int64(nanoseconds / 1_000_000) }

  static var seconds: Double { Double(nanoseconds) * 1e-9 }
}
