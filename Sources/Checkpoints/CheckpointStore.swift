import Tensors

/// The checkpoints of one run folder: the last, the one before it, and the best.
///
/// From the first save on there is a sound `last` at every instant; `previous` is for damage that comes later.
/// One process at a time may use a run folder (`RunFolderLock`).
public final class CheckpointStore {
  /// A checkpoint to continue from.
  public struct Newest {
    public let file: CheckpointFile
    /// Why this is not the last checkpoint but the one before it: one line for the user.
    public let warning: String?
  }

  public let folder: String
  public var lastPath: String { "\(folder)/last.h5" }
  public var previousPath: String { "\(folder)/previous.h5" }
  public var bestPath: String { "\(folder)/best.h5" }

  private let files: FileSystem
  /// Whether `last` may take the place of `previous`; unknown until it was read or written.
  private var lastIsSound: Bool?

  /// - Parameter runFolder: the existing folder of the run; the checkpoints go into `checkpoints` in it.
  public init(runFolder: String, files: FileSystem = .system) {
    folder = "\(runFolder)/checkpoints"
    self.files = files
  }

  /// Writes the last checkpoint; the one that was last becomes the previous one.
  /// - Throws: `InputError` (environment); what `openNewest` gives is then the old or the new state.
  public func save(_ checkpoint: Checkpoint<TensorSource>) throws {
    try files.makeFolder(folder)
    // A damaged file must not push out the sound one before it.
    let isSound = lastIsSound ?? isSealed(lastPath)
    lastIsSound = nil
    try checkpoint.write(to: lastPath, keepingOldAs: isSound ? previousPath : nil, files: files)
    lastIsSound = true
  }

  /// Makes the last checkpoint the best one too, without writing it again.
  /// - Throws: `InputError` (environment); the old best is then kept.
  public func markLastAsBest() throws {
    try AtomicFile.link(lastPath, as: bestPath, files: files)
  }

  /// Opens the last checkpoint or, where it is damaged or missing, the previous one; nil when there is none.
  /// - Throws: `InputError` (checkpoint) when there are checkpoints but none is sound.
  public func openNewest() throws -> Newest? {
    let hasPrevious = files.exists(previousPath)
    guard files.exists(lastPath) || hasPrevious else { return nil }
    do {
      let newest = Newest(file: try CheckpointFile(path: lastPath, files: files), warning: nil)
      lastIsSound = true
      return newest
    } catch let damage as InputError {
      lastIsSound = false
      guard hasPrevious else { throw damage }
      do {
        return Newest(
          file: try CheckpointFile(path: previousPath, files: files),
          warning: "\(damage); continuing from \(previousPath)")
      } catch let second as InputError {
        throw InputError(
          .checkpoint, lastPath, "\(damage.problem), and \(Path.name(of: previousPath)) \(second.problem)",
          remedy: "start from \(bestPath) or anew")
      }
    }
  }

  private func isSealed(_ path: String) -> Bool {
    guard let file = try? OpenFile.reading(path, kind: .checkpoint, files: files) else { return false }
    return (try? FileSeal.verify(file)) != nil
  }
}
