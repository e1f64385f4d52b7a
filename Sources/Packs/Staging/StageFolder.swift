import Basics
import Foundation

/// The folder with the copies of a pack's shards on a node. All processes there that use the pack share it.
///
/// Each of them holds a shared lock on it. The last one to leave removes what staging has made, and nothing else. A process
/// that is killed leaves its copies behind: the next one uses them, and removes them at its end.
final class StageFolder: Sendable {
  let path: String
  private let files: FileSystem
  private let use: FileLock

  /// Enters the folder, and makes it where it is absent.
  /// - Parameter pack: the identity of the pack, which all packs with the same bytes have.
  /// - Returns: nil while another process removes the folder.
  /// - Throws: `InputError` (environment) when the folder cannot be made, or others may write into it.
  init?(in folder: String, pack: String, files: FileSystem) throws {
    path = "\(folder)/fusionctl-\(geteuid())-\(pack.prefix(16))"
    self.files = files
    try files.makeOwnFolder(path)
    do {
      guard let use = try FileLock("\(path)/use.lock", .shared) else { return nil }
      self.use = use
    } catch  where PathState.of(path) == .absent {
      return nil
    }
  }

  /// The right to write into the folder; nil while another process has it.
  func copying() throws -> FileLock? { try FileLock("\(path)/copy.lock", .exclusive) }

  func path(of shard: PackShard) -> String { "\(path)/\(Path.name(of: shard.path))" }

  /// The name under which a copy is made.
  func partial(of shard: PackShard) -> String { "\(path)/.\(Path.name(of: shard.path)).partial" }

  /// Bytes of the copies.
  func bytes(of shards: [PackShard]) -> Int {
    shards.reduce(0) { $0 + (PathState.of(path(of: $1)) == .present(.file) ? $1.bytes : 0) }
  }

  /// Leaves the folder. The last process removes the copies.
  /// - Parameter shards: all shards of the pack.
  func leave(_ shards: [PackShard]) {
    guard use.becomesExclusive() else { return }
    for shard in shards {
      files.removeQuietly(partial(of: shard))
      files.removeQuietly(path(of: shard))
    }
    files.removeQuietly("\(path)/copy.lock")
    use.removeFile()
    files.removeFolderQuietly(path)
  }
}
