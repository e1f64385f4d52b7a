import Basics
import Foundation

/// The right to write a shard, for as long as the object exists.
///
/// The system releases the lock when the process ends, however it ends. File systems without locks give it to everyone.
final class ShardLock {
  private let path: String
  private let descriptor: Int32

  /// - Throws: `InputError` (environment) naming process and host of the writer that has the shard.
  init(folder: String, file: String) throws {
    path = "\(folder)/.\(file).lock"
    while true {
      let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0o666)
      guard descriptor >= 0 else { throw FileSystem.error(.open, path, errno) }
      do {
        try Self.lock(descriptor, "\(folder)/\(file)")
        // The writer before may have removed the file meanwhile: its lock then protects nothing.
        var (own, current) = (stat(), stat())
        guard fstat(descriptor, &own) == 0, stat(path, &current) == 0, own.st_ino == current.st_ino else {
          close(descriptor)
          continue
        }
        let note = "process \(getpid()) on \(ProcessInfo.processInfo.hostName)\n"
        guard ftruncate(descriptor, 0) == 0, pwrite(descriptor, note, note.utf8.count, 0) >= 0 else {
          throw FileSystem.error(.write, path, errno)
        }
      } catch {
        close(descriptor)
        throw error
      }
      self.descriptor = descriptor
      return
    }
  }

  deinit {
    unlink(path)
    close(descriptor)
  }

  /// The writer that has a shard; nil where none has it.
  static func holder(folder: String, file: String) -> String? {
    let descriptor = open("\(folder)/.\(file).lock", O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    guard flock(descriptor, LOCK_SH | LOCK_NB) != 0, errno == EWOULDBLOCK else { return nil }
    return note(descriptor)
  }

  /// Removes the lock file of a shard that no writer has.
  static func removeAbandoned(folder: String, file: String) {
    if holder(folder: folder, file: file) == nil { unlink("\(folder)/.\(file).lock") }
  }

  private static func lock(_ descriptor: Int32, _ shard: String) throws {
    guard flock(descriptor, LOCK_EX | LOCK_NB) != 0, errno == EWOULDBLOCK else { return }
    throw InputError(
      .environment, shard, "is being written by \(note(descriptor))",
      remedy: "wait for it, or give each job its own shards (--shards 1/8, 2/8, …)")
  }

  private static func note(_ descriptor: Int32) -> String {
    var bytes = [UInt8](repeating: 0, count: 300)
    let count = pread(descriptor, &bytes, bytes.count, 0)
    let note = String(decoding: bytes.prefix(max(count, 0)).prefix { $0 != 10 }, as: UTF8.self)
    return note.isEmpty ? "another process" : note.printable
  }
}
