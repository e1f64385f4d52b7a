import Basics
import Foundation

/// The right to write a shard, for as long as the object exists.
final class ShardLock {
  private let lock: FileLock

  /// - Throws: `InputError` (environment) naming process and host of the writer that has the shard.
  init(folder: String, file: String) throws {
    let path = Self.path(folder, file)
    guard let lock = try FileLock(path, .exclusive) else {
      throw InputError(
        .environment, "\(folder)/\(file)",
        "is being written by \(FileLock.holder(of: path) ?? "another process")",
        remedy: "wait for it, or give each job its own shards (--shards 1/8, 2/8, …)")
    }
    try lock.write(note: "process \(getpid()) on \(ProcessInfo.processInfo.hostName)\n")
    self.lock = lock
  }

  deinit { lock.removeFile() }

  /// The writer that has a shard; nil where none has it.
  static func holder(folder: String, file: String) -> String? { FileLock.holder(of: path(folder, file)) }

  /// Removes the lock file of a shard that no writer has.
  static func removeAbandoned(folder: String, file: String) {
    if holder(folder: folder, file: file) == nil { unlink(path(folder, file)) }
  }

  private static func path(_ folder: String, _ file: String) -> String { "\(folder)/.\(file).lock" }
}
