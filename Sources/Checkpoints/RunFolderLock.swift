import Basics
import Foundation

/// The right to write into a run folder, for as long as the object exists.
///
/// The system releases the lock when the process ends, however it ends; the lock file itself stays.
package final class RunFolderLock {
  /// False on file systems without locks, where two runs in one folder are not noticed.
  package let isEnforced: Bool
  private let descriptor: Int32

  /// The name of the file in the folder.
  package static let name = ".lock"
  /// The text that the lock file begins with.
  private static let mark = "process "

  /// Locks an existing folder.
  /// - Parameter check: looks at the folder once it is locked; where it throws, nothing has changed there.
  /// - Throws: `InputError` (environment) naming process and host of the run that uses the folder, or the
  ///   error that `check` throws.
  package init(folder: String, check: () throws -> Void = {}) throws {
    let path = "\(folder)/\(Self.name)"
    let isNew = PathState.of(path) == .absent
    let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0o666)
    guard descriptor >= 0 else { throw FileSystem.error(.open, path, errno) }
    do {
      isEnforced = try Self.lock(descriptor, folder)
      do {
        try check()
      } catch {
        if isNew { unlink(path) }
        throw error
      }
      let note = "\(Self.mark)\(getpid()) on \(ProcessInfo.processInfo.hostName)\n"
      guard ftruncate(descriptor, 0) == 0, pwrite(descriptor, note, note.utf8.count, 0) >= 0 else {
        throw FileSystem.error(.write, path, errno)
      }
    } catch {
      closeReleasingLock(descriptor)
      throw error
    }
    self.descriptor = descriptor
  }

  deinit { closeReleasingLock(descriptor) }

  /// Checks that no other process has locked the folder, and changes nothing there.
  /// - Throws: `InputError` (environment) naming process and host of the run that uses the folder.
  package static func requireFree(_ folder: String) throws {
    let descriptor = open("\(folder)/\(name)", O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    // Without a lock file no run uses the folder. A lock file that cannot be opened is refused when the run
    // begins.
    guard descriptor >= 0 else { return }
    defer { closeReleasingLock(descriptor) }
    _ = try lock(descriptor, folder)
  }

  /// Whether a run has ever used the folder: its lock file is there.
  package static func marks(_ folder: String) -> Bool {
    guard let note = try? OpenFile.contents(of: "\(folder)/\(name)", limit: 4096, kind: .environment) else {
      return false
    }
    return note.starts(with: mark.utf8)
  }

  /// Takes the lock; false on a file system without locks.
  private static func lock(_ descriptor: Int32, _ folder: String) throws -> Bool {
    guard flock(descriptor, LOCK_EX | LOCK_NB) != 0 else { return true }
    guard errno == EWOULDBLOCK else { return false }
    throw InputError(
      .environment, folder, "is in use by \(holder(descriptor))",
      remedy: "wait for that run to end or choose another folder")
  }

  private static func holder(_ descriptor: Int32) -> String {
    var bytes = [UInt8](repeating: 0, count: 300)
    let count = pread(descriptor, &bytes, bytes.count, 0)
    let note = String(decoding: bytes.prefix(max(count, 0)).prefix { $0 != 10 }, as: UTF8.self)
    return note.hasPrefix(mark) ? note : "another run"
  }
}
