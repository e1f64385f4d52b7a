import Basics
import CHDF5
import Foundation

/// HDF5 is not thread safe in every build: one lock for every call of the process.
package enum HDF5Library {
  // Recursive, because a tensor being written may come out of another checkpoint.
  private static let lock = NSRecursiveLock()

  /// Whether the library has started. It needs no cleanup at exit: the program has closed everything by then.
  private static let isPrepared: Bool = H5dont_atexit() >= 0 && H5open() >= 0

  package static func locked<Result>(_ body: () throws -> Result) throws -> Result {
    lock.lock()
    defer { lock.unlock() }
    // The library prints nothing, because `InputError` reports failures. Some builds keep this setting per
    // thread.
    guard isPrepared, H5Eset_auto2(hid_t(H5E_DEFAULT), nil, nil) >= 0 else {
      throw InputError(.environment, "HDF5", "could not start the library")
    }
    return try body()
  }

  /// The version of HDF5, such as "1.10.8".
  package static var version: String {
    var (major, minor, release): (UInt32, UInt32, UInt32) = (0, 0, 0)
    lock.withLock {
      // H5get_libversion starts the library, and H5dont_atexit must come before that.
      _ = isPrepared
      _ = H5get_libversion(&major, &minor, &release)
    }
    return "\(major).\(minor).\(release)"
  }

  /// Calls `body`, which releases something of the library, under the lock.
  static func released(_ body: () -> Void) { lock.withLock(body) }
}
