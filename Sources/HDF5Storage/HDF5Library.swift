import Basics
import CHDF5
import Foundation

/// HDF5 is not thread safe in every build: one lock for every call of the process.
package enum HDF5Library {
  // Recursive, because a tensor being written may come out of another checkpoint.
  private static let lock = NSRecursiveLock()

  /// At exit everything of ours is closed already.
  private static let isPrepared: Bool = H5dont_atexit() >= 0 && H5open() >= 0

  package static func locked<Result>(_ body: () throws -> Result) throws -> Result {
    lock.lock()
    defer { lock.unlock() }
    // Failures are told through our errors. Some builds of the library have this setting for each thread.
    guard isPrepared, H5Eset_auto2(hid_t(H5E_DEFAULT), nil, nil) >= 0 else {
      throw InputError(.environment, "HDF5", "could not start the library")
    }
    return try body()
  }

  /// Its version, "1.10.8".
  package static var version: String {
    var (major, minor, release): (UInt32, UInt32, UInt32) = (0, 0, 0)
    lock.withLock {
      // The call starts the library, which must be told before how it shall end.
      _ = isPrepared
      _ = H5get_libversion(&major, &minor, &release)
    }
    return "\(major).\(minor).\(release)"
  }

  /// Waits for the library, to release something.
  static func released(_ body: () -> Void) { lock.withLock(body) }
}
