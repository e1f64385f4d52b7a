import Basics
import Foundation

/// The checkpoints of one run folder: the last, the one before it, and the best.
///
/// From the first save on a sound `last` exists at every instant. `previous` serves when `last` is damaged later.
/// One process at a time may use a run folder (`RunFolderLock`).
package final class CheckpointStore {
  /// A checkpoint to continue from.
  package struct Newest {
    package let file: CheckpointFile
    /// Why this is not the last checkpoint but the one before it: one line for the user.
    package let warning: String?
  }

  package let folder: String
  package var lastPath: String { "\(folder)/last.h5" }
  package var previousPath: String { "\(folder)/previous.h5" }
  package var bestPath: String { "\(folder)/best.h5" }

  private let files: FileSystem
  /// Whether `last` is sound, so that it may replace `previous`; nil until it was read or written.
  private var lastIsSound: Bool?
  /// Number of finished epochs in `last`; nil unless it was read and found sound.
  private var epochRead: Int?

  /// - Parameter runFolder: the existing folder of the run; its subfolder `checkpoints` holds the
  ///   checkpoints.
  package init(runFolder: String, files: FileSystem = .system) {
    folder = "\(runFolder)/checkpoints"
    self.files = files
  }

  /// Writes the last checkpoint. The file that was last becomes the previous one.
  /// - Throws: `InputError` (environment). `openNewest` then returns either the old or the new state.
  package func save(_ checkpoint: Checkpoint<TensorSource>) throws {
    try files.makeFolder(folder)
    // A damaged `last` must not replace a sound `previous`.
    let isSound = lastIsSound ?? isSealed(lastPath)
    (lastIsSound, epochRead) = (nil, nil)
    try checkpoint.write(to: lastPath, keepingOldAs: isSound ? previousPath : nil, files: files)
    lastIsSound = true
  }

  /// Whether `last` was written, or read and found sound.
  package var isLastSound: Bool { lastIsSound == true }

  /// Makes the last checkpoint the best one too, without writing it again.
  /// - Throws: `InputError` (environment); the old best is then kept.
  package func markLastAsBest() throws {
    try AtomicFile.link(lastPath, as: bestPath, files: files)
  }

  /// Opens the last checkpoint or, where it is damaged or absent, the previous one; nil when neither exists.
  ///
  /// A checkpoint that exists but is out of reach (no permission, a broken link, a failing disk) may hold the newest state.
  /// It is an error then, and no other checkpoint is used instead.
  /// - Throws: `InputError`: checkpoint when there are checkpoints but none is sound; environment when one of
  ///   them is there but cannot be read.
  package func openNewest() throws -> Newest? {
    try advised(remedy) {
      let (hasLast, hasPrevious) = (try isThere(lastPath), try isThere(previousPath))
      guard hasLast || hasPrevious else { return nil }
      do {
        let newest = Newest(file: try CheckpointFile(path: lastPath, files: files), warning: nil)
        lastIsSound = true
        epochRead = newest.file.contents.progress.epoch
        return newest
      } catch let damage as InputError where damage.kind == .checkpoint {
        lastIsSound = false
        return try openPrevious(insteadOf: damage)
      }
    }
  }

  private func openPrevious(insteadOf damage: InputError) throws -> Newest {
    do {
      return Newest(
        file: try CheckpointFile(path: previousPath, files: files),
        warning: "\(lastPath): \(damage.problem); continuing from \(previousPath)")
    } catch let second as InputError where second.kind == .checkpoint {
      throw InputError(
        .checkpoint, lastPath, "\(damage.problem), and \(Path.name(of: previousPath)) \(second.problem)",
        remedy: remedy(nil))
    }
  }

  /// The error about a run that has results but no checkpoint to continue from.
  /// - Parameter results: the results that exist, such as "best.h5".
  package func nothingToContinueFrom(results: String) -> InputError {
    InputError(
      .checkpoint, lastPath,
      "does not exist, and neither does \(Path.name(of: previousPath)), but the run has results (\(results))",
      remedy: remedy(nil))
  }

  /// Whether there is a best checkpoint.
  /// - Throws: `InputError` (environment) when it exists but cannot be opened, because it may be sound.
  package func hasBest() throws -> Bool {
    try advised(bestRemedy) { try isThere(bestPath) }
  }

  /// Checks that the best checkpoint holds the best epoch. It is not read again when it is the same file as
  /// the `last` that `openNewest` has read.
  /// - Returns: one line that says what is wrong with the file; nil when it holds that epoch.
  /// - Parameters:
  ///   - epoch: the best epoch of the run so far, counted from 1.
  ///   - finished: finished epochs of the run. A best checkpoint of a later epoch is good, too: it was
  ///     written before the run went back to an earlier checkpoint.
  /// - Throws: `InputError` (environment) when the file is there but cannot be read.
  package func lossOfBest(epoch: Int, finished: Int) throws -> String? {
    guard try hasBest() else { return "\(bestPath): does not exist" }
    do {
      let known = isSameFile(bestPath, lastPath) ? epochRead : nil
      let found = try known ?? CheckpointFile(path: bestPath, files: files).contents.progress.epoch
      return found == epoch || found > finished
        ? nil : "\(bestPath): holds epoch \(found), but the best is epoch \(epoch)"
    } catch let damage as InputError where damage.kind == .checkpoint {
      return "\(bestPath): \(damage.problem)"
    }
  }

  /// Removes the checkpoints, and their folder when nothing else is in it.
  /// - Throws: `InputError` (environment) when one cannot be removed.
  package func removeAll() throws {
    if case .dangling(folder, _) = files.state(of: folder) { return try files.remove(folder) }
    for path in [bestPath, previousPath, lastPath] { try files.remove(path) }
    (lastIsSound, epochRead) = (nil, nil)
    files.removeFolderQuietly(folder)
  }

  /// The remedies for a run that cannot go on, first the one that loses least.
  /// - Parameter cause: a remedy for the reason, where one is known.
  private func remedy(_ cause: String?) -> String {
    let isBestSound = (try? CheckpointFile(path: bestPath, files: files)) != nil
    return [
      "put the file back" + (cause.map { " (\($0))" } ?? ""),
      isBestSound ? "start a new run with --init-from \(bestPath)" : nil,
      "or replace this run with --overwrite",
    ].compactMap { $0 }.joined(separator: ", ")
  }

  private func bestRemedy(_ cause: String?) -> String {
    (cause ?? "put the file back") + ", or remove it: the best epoch is then chosen anew"
  }

  /// Replaces the remedy of errors about files out of reach.
  private func advised<Result>(
    _ remedy: (String?) -> String, _ body: () throws -> Result
  ) throws -> Result {
    do {
      return try body()
    } catch let error as InputError where error.kind == .environment && error.subject.hasPrefix(folder) {
      throw InputError(error.kind, error.subject, error.problem, remedy: remedy(error.remedy))
    }
  }

  /// Whether a checkpoint exists.
  /// - Throws: `InputError` (environment) when it does and cannot be opened, or cannot be looked for.
  private func isThere(_ path: String) throws -> Bool {
    switch files.state(of: path) {
    case .absent: return false
    case .unreachable(let code): throw FileSystem.error(.look, path, code)
    case .present, .dangling: break
    }
    _ = try OpenFile.reading(path, kind: .environment, files: files)
    return true
  }

  private func isSameFile(_ path: String, _ other: String) -> Bool {
    var (one, two) = (stat(), stat())
    return stat(path, &one) == 0 && stat(other, &two) == 0 && one.st_dev == two.st_dev
      && one.st_ino == two.st_ino
  }

  private func isSealed(_ path: String) -> Bool {
    guard let file = try? OpenFile.reading(path, kind: .checkpoint, files: files) else { return false }
    return (try? FileSeal.verify(file)) != nil
  }
}
