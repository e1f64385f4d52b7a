import Basics
import Foundation
import Presentation

/// The work of the thread that stages shards.
final class ShardCopier: @unchecked Sendable {
  private let chosen, all: [PackShard]
  private let pack: String
  private let settings: StageSettings
  private let files: FileSystem
  private let say: @Sendable (String) -> Void
  /// Guards `isStopped`, the only variable.
  private let condition = Condition()
  private var isStopped = false

  /// Seconds between two looks at what another process copies.
  private static let patience = 0.2

  /// - Parameters:
  ///   - chosen: the shards to copy, in this order.
  ///   - all: all shards of the pack.
  init(
    _ chosen: [PackShard], of all: [PackShard], pack: String, _ settings: StageSettings, files: FileSystem,
    say: @escaping @Sendable (String) -> Void
  ) {
    (self.chosen, self.all, self.pack, self.settings) = (chosen, all, pack, settings)
    (self.files, self.say) = (files, say)
  }

  func stop() {
    condition.lock()
    isStopped = true
    condition.broadcast()
    condition.unlock()
  }

  private var goesOn: Bool {
    condition.lock()
    defer { condition.unlock() }
    return !isStopped
  }

  private func wait(atMost seconds: Double? = nil) {
    condition.lock()
    defer { condition.unlock() }
    guard !isStopped else { return }
    if let seconds { condition.wait(atMost: seconds) } else { condition.wait() }
  }

  /// Copies, waits for `stop`, and leaves the folder.
  func run() {
    do {
      guard let folder = try enter() else { return }
      var outcome = Outcome()
      do {
        try stage(in: folder, &outcome)
        if goesOn { say(outcome.sentence(of: chosen, folder.path)) }
      } catch is CancellationError {
      } catch {
        let rest = "\(outcome.staged) of \(chosen.count) shards are read there, the others from the pack"
        say("staging ends: \(error); \(rest)")
      }
      while goesOn { wait() }
      folder.leave(all)
    } catch {
      say("nothing is staged: \(error)")
    }
  }

  private func enter() throws -> StageFolder? {
    while goesOn {
      if let folder = try StageFolder(in: settings.folder, pack: pack, files: files) { return folder }
      wait(atMost: Self.patience)
    }
    return nil
  }

  private struct Outcome {
    /// Shards that are read from copies, and their bytes.
    var staged = 0
    var bytes = 0
    /// Why others are not; one reason for each.
    var reasons: [String] = []

    func sentence(of chosen: [PackShard], _ folder: String) -> String {
      let reasons = self.reasons.reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
      return "staged \(staged) of \(NumberText.count(chosen.count, "shard", "shards")) "
        + "(\(NumberText.bytes(bytes))) in \(folder)"
        + (reasons.isEmpty ? "" : "; \(reasons.joined(separator: "; ")): the others are read from the pack")
    }
  }

  /// Copies what other processes do not copy, and takes over what they have copied.
  private func stage(in folder: StageFolder, _ outcome: inout Outcome) throws {
    var pending = chosen
    while goesOn {
      pending.removeAll { shard in
        guard takes(shard, in: folder) else { return false }
        outcome.staged += 1
        outcome.bytes += shard.bytes
        return true
      }
      guard let next = pending.first else { return }
      guard let right = try folder.copying() else {
        wait(atMost: Self.patience)
        continue
      }
      try withExtendedLifetime(right) {
        if let reason = try copy(next, into: folder) {
          outcome.reasons.append(reason)
          pending.removeFirst()
        }
      }
    }
  }

  /// Reads a shard's copy from now on, where it is there.
  private func takes(_ shard: PackShard, in folder: StageFolder) -> Bool {
    guard let copy = sound(shard, in: folder) else { return false }
    let path = folder.path(of: shard)
    shard.use(copy: copy) { [say] in say("the copy \(path) is damaged: the shard is read from the pack again")
    }
    return true
  }

  private func sound(_ shard: PackShard, in folder: StageFolder) -> OpenFile? {
    guard
      let copy = try? OpenFile.reading(folder.path(of: shard), kind: .environment, files: files),
      (try? shard.hasTables(copy: copy)) == true
    else { return nil }
    return copy
  }

  /// Copies a shard that is not there, or not whole.
  /// - Returns: why it has no room; nil where it was copied.
  private func copy(_ shard: PackShard, into folder: StageFolder) throws -> String? {
    // The process before may have copied it meanwhile.
    if sound(shard, in: folder) != nil { return nil }
    // What a process has left that was killed.
    for file in all { files.removeQuietly(folder.partial(of: file)) }
    files.removeQuietly(folder.path(of: shard))
    let kept = folder.bytes(of: all)
    if let lack = settings.lack(for: shard.bytes, beside: kept, FileSystemKind(of: folder.path)) {
      return lack
    }
    do {
      try AtomicFile.write(to: folder.path(of: shard), through: folder.partial(of: shard), files: files) {
        file in
        try shard.copy(to: file) { goesOn }
        guard try shard.isSound(copy: file, while: { goesOn }) else { throw Damage() }
      }
    } catch is Damage {
      return "the copy of \(Path.name(of: shard.path)) does not have the checksums of the pack"
    }
    return nil
  }

  /// A copy does not have the checksums of the pack. The shard itself may be sound: the run will tell when it reads it.
  private struct Damage: Error {}
}
