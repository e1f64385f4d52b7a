import Foundation
import Tensors

/// The right to write into a run folder, for as long as the value lives.
///
/// The system gives the lock back when the process ends, however it ends; the lock file itself stays.
public final class RunFolderLock {
  /// False on file systems that have no locks: two runs in one folder are not noticed there.
  public let isEnforced: Bool
  private let descriptor: Int32

  /// Locks an existing folder.
  /// - Throws: `InputError` (environment) naming process and host of the run that has the folder.
  public init(folder: String) throws {
    let path = "\(folder)/.lock"
    descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw FileSystem.error(.open, path, errno) }
    if flock(descriptor, LOCK_EX | LOCK_NB) == 0 {
      isEnforced = true
    } else if errno == EWOULDBLOCK {
      let holder = Self.holder(descriptor)
      close(descriptor)
      throw InputError(
        .environment, folder, "is in use by \(holder)",
        remedy: "wait for that run to end or choose another folder")
    } else {
      isEnforced = false
    }
    let note = "process \(getpid()) on \(ProcessInfo.processInfo.hostName)\n"
    let written = ftruncate(descriptor, 0) == 0 && pwrite(descriptor, note, note.utf8.count, 0) >= 0
    guard written else {
      let code = errno
      close(descriptor)
      throw FileSystem.error(.write, path, code)
    }
  }

  deinit { close(descriptor) }

  private static func holder(_ descriptor: Int32) -> String {
    var bytes = [UInt8](repeating: 0, count: 300)
    let count = pread(descriptor, &bytes, bytes.count, 0)
    let note = String(decoding: bytes.prefix(max(count, 0)).prefix { $0 != 10 }, as: UTF8.self)
    return note.hasPrefix("process ") ? note : "another run"
  }
}
