import Basics
import Foundation

/// A lock on a file that exists for it, for as long as the object exists.
///
/// The system releases the lock when the process ends, however it ends. File systems without locks give it to everyone.
package final class FileLock: Sendable {
  package enum Kind {
    /// Any number of holders, and none with an exclusive lock.
    case shared
    case exclusive

    fileprivate var operation: Int32 { self == .shared ? LOCK_SH : LOCK_EX }
  }

  private let path: String
  private let descriptor: Int32

  /// Makes the file where it is absent.
  /// - Returns: nil while others hold a lock that excludes this one.
  /// - Throws: `InputError` (environment) when the file cannot be made or opened.
  package init?(_ path: String, _ kind: Kind) throws {
    self.path = path
    while true {
      let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW, 0o666)
      guard descriptor >= 0 else { throw FileSystem.error(.open, path, errno) }
      if flock(descriptor, kind.operation | LOCK_NB) != 0, errno == EWOULDBLOCK {
        close(descriptor)
        return nil
      }
      // The holder before may have removed the file meanwhile: its lock then protects nothing.
      var (own, current) = (stat(), stat())
      if fstat(descriptor, &own) == 0, stat(path, &current) == 0, own.st_ino == current.st_ino {
        self.descriptor = descriptor
        return
      }
      closeReleasingLock(descriptor)
    }
  }

  deinit { closeReleasingLock(descriptor) }

  /// Makes a shared lock exclusive.
  /// - Returns: whether nobody else holds it. If somebody does, this lock may be lost.
  func becomesExclusive() -> Bool { flock(descriptor, LOCK_EX | LOCK_NB) == 0 }

  /// Removes the file. The lock then protects nothing.
  func removeFile() { unlink(path) }

  /// Replaces the contents of the file, which tell others who holds the lock.
  /// - Throws: `InputError` (environment) when it cannot be written.
  func write(note: String) throws {
    guard ftruncate(descriptor, 0) == 0, pwrite(descriptor, note, note.utf8.count, 0) >= 0 else {
      throw FileSystem.error(.write, path, errno)
    }
  }

  /// What the holder of a file's exclusive lock has noted in it; nil where nobody holds one.
  static func holder(of path: String) -> String? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { return nil }
    defer { closeReleasingLock(descriptor) }
    guard flock(descriptor, LOCK_SH | LOCK_NB) != 0, errno == EWOULDBLOCK else { return nil }
    var bytes = [UInt8](repeating: 0, count: 300)
    let count = pread(descriptor, &bytes, bytes.count, 0)
    let note = String(decoding: bytes.prefix(max(count, 0)).prefix { $0 != 10 }, as: UTF8.self)
    return note.isEmpty ? "another process" : note.printable
  }
}
