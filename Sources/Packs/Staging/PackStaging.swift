import Basics
import Foundation
import Synchronization

/// Copies shards of a pack to a disk of the node while a run reads them, and lets the run read the copies.
///
/// A thread of its own copies. Where a copy is not there, cannot be made or is damaged, the run reads the pack itself: staging
/// changes how fast samples come, and nothing else.
package final class PackStaging: Sendable {
  private let copier: ShardCopier
  private let thread: Mutex<WorkerThread?>

  /// The number and the bytes of the shards that are copied where there is room.
  package let shards: (count: Int, bytes: Int)

  /// Begins to copy.
  /// - Parameters:
  ///   - uses: how often the run reads each patch of the store, by its number. A shard is copied if the run reads more of its
  ///     patches than it has: copying it for a single pass would save nothing.
  ///   - say: takes a line for the user, on another thread.
  /// - Returns: nil where no shard is worth a copy.
  /// - Throws: `InputError` (environment) when the system refuses a thread.
  package init?(
    _ store: PackStore, uses: [Int: Int], _ settings: StageSettings, files: FileSystem = .system,
    say: @escaping @Sendable (String) -> Void
  ) throws {
    let chosen = store.shards(readMoreThanOnce: uses)
    guard !chosen.isEmpty else { return nil }
    shards = (chosen.count, chosen.reduce(0) { $0 + $1.bytes })
    let copier = ShardCopier(
      chosen, of: store.shards, pack: store.identity, settings, files: files, say: say)
    self.copier = copier
    thread = try Mutex(WorkerThread("staging threads") { copier.run() })
  }

  deinit { finish() }

  /// Ends the copying. The last process of the node removes all copies.
  package func finish() {
    copier.stop()
    thread.withLock { thread in
      thread?.join()
      thread = nil
    }
  }
}
