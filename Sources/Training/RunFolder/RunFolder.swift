import Basics
import Checkpoints
import Foundation

/// The folder for everything that a run writes. One process at a time may write to it.
///
///     config.yaml     the resolved experiment
///     gpu-plan.json   the kernels that a GPU chose; absent in a run on the CPU
///     metrics.csv     one row for each epoch
///     summary.json    the result of the run
///     predictions/    what the best network says of each patch of a split
///     tensorboard/    event files for TensorBoard
///     train.log       what was printed, with times
///     checkpoints/    last.h5, previous.h5, best.h5
///
/// Other files in the folder do not belong to the run and are left alone.
public final class RunFolder {
  package let path: String
  package let checkpoints: CheckpointStore
  package let log: RunLog
  let files: FileSystem
  /// One line about other files in the folder; nil if there are none.
  let note: String?
  /// The checkpoint from which the run goes on; nil for a new run, and after `takeNewest`.
  package private(set) var newest: CheckpointStore.Newest?
  private let lock: RunFolderLock
  private let use: Use
  /// Folders that were made for the run, the outermost first.
  private let made: [String]
  private var hasBegun = false

  /// How a folder may be used.
  public enum Use: Sendable {
    /// The folder must hold no run.
    case new
    /// A run in the folder goes on.
    case resume
    /// A run in the folder is replaced.
    case overwrite
  }

  /// Opens the folder of a run, makes it where it is absent, and locks it.
  ///
  /// A run that goes on is checked before anything is written. A run with results whose checkpoints cannot be read is
  /// refused, never started again.
  /// - Throws: `InputError`: usage for a folder that does not suit `use`; checkpoint for a run with results and
  ///   without a sound checkpoint; environment when something cannot be read or written, or another process uses
  ///   the folder.
  public convenience init(_ path: String, _ use: Use) throws { try self.init(path, use, files: .system) }

  /// - Parameter files: the file system calls behind checkpoints and reports.
  /// - Throws: `InputError`, see `init(_:_:)`.
  package init(_ path: String, _ use: Use, files: FileSystem) throws {
    self.files = files
    self.path = path
    self.use = use
    try Self.requireName(path)
    let contents = try RunFolderContents(path, files: files)
    note = contents.holdsRun ? nil : try contents.requireRoom()
    made = try Self.make(path)
    let checkpoints = CheckpointStore(runFolder: path, files: files)
    var newest: CheckpointStore.Newest?
    lock = try RunFolderLock(folder: path) {
      switch use {
      case .new: try RunFolderContents(path, files: files).requireNoRun()
      case .resume: newest = try Self.newestCheckpoint(of: checkpoints, in: path, files)
      case .overwrite: break
      }
    }
    self.newest = newest
    self.checkpoints = checkpoints
    log = try RunLog(path: "\(path)/train.log")
  }

  /// - Throws: `InputError` (usage) for an empty path.
  static func requireName(_ path: String) throws {
    guard path.isEmpty else { return }
    throw InputError(.usage, "--out", "the path is empty", remedy: "name a folder")
  }

  /// The checkpoint from which a run goes on; nil for a run that was begun but has no results.
  /// - Throws: `InputError` (checkpoint) for a run with results and without a sound checkpoint.
  static func newestCheckpoint(
    of checkpoints: CheckpointStore, in path: String, _ files: FileSystem
  ) throws -> CheckpointStore.Newest? {
    if let newest = try checkpoints.openNewest() {
      _ = try checkpoints.hasBest()
      return newest
    }
    if let results = RunResults.found(in: path, best: checkpoints.bestPath, files: files) {
      throw checkpoints.nothingToContinueFrom(results: results)
    }
    return nil
  }

  /// Makes a folder and those above it that are absent.
  /// - Returns: the folders that were made, the outermost first.
  @discardableResult static func make(_ path: String) throws -> [String] {
    var absent: [String] = []
    var folder = path
    while PathState.of(folder) == .absent, folder != "." {
      absent.insert(folder, at: 0)
      folder = Path.folder(of: folder)
    }
    return try absent.filter { folder in
      if mkdir(folder, 0o777) == 0 { return true }
      let code = errno
      guard code != EEXIST else { return false }
      throw InputError(
        .environment, "--out \(path)", "the folder cannot be made (\(SystemFault.reason(code)))",
        remedy: SystemFault.remedy(code) ?? "check the path and its permissions")
    }
  }

  /// Hands over the checkpoint from which the run goes on, opened and checked. A file that is replaced meanwhile takes
  /// disk space until its last reader releases it.
  func takeNewest() -> CheckpointStore.Newest? {
    defer { newest = nil }
    return newest
  }

  /// Begins a new run: with `overwrite`, removes the run that is replaced. It is kept until now, so that a mistake in
  /// the command line loses nothing.
  ///
  /// Only files with the names of a run's files are removed.
  /// - Throws: `InputError` (environment) that names what cannot be removed.
  func begin() throws {
    hasBegun = true
    guard use == .overwrite else { return }
    for output in RunOutput.all.reversed() { try output.remove(from: path, files: files) }
    try checkpoints.removeAll()
    log.clear()
  }

  /// Removes the folders that were made for a run that was refused before it began.
  func abandon() {
    guard !hasBegun, !made.isEmpty else { return }
    for name in ["train.log", RunFolderLock.name] { files.removeQuietly("\(path)/\(name)") }
    for folder in made.reversed() { files.removeFolderQuietly(folder) }
  }

  /// False on file systems without locks, where a second run in the folder is not noticed.
  package var isLocked: Bool { lock.isEnforced }

  package static func checkpointsPath(in folder: String) -> String { "\(folder)/checkpoints" }
  package static func configurationPath(in folder: String) -> String { "\(folder)/config.yaml" }
  package static func metricsPath(in folder: String) -> String { "\(folder)/metrics.csv" }
  package static func summaryPath(in folder: String) -> String { "\(folder)/summary.json" }

  /// Path of the configuration of a run to be resumed; nil where a new run begins.
  /// - Parameter isGiven: whether the command line names a configuration.
  /// - Throws: `InputError`: environment when the configuration cannot be read; usage when the run has lost it and
  ///   the command line names none.
  package static func savedConfiguration(in folder: String, isGiven: Bool) throws -> String? {
    let path = configurationPath(in: folder)
    guard PathState.of(path) == .absent else {
      _ = try OpenFile.beginning(of: path, upTo: 1, kind: .environment)
      return path
    }
    guard !isGiven, try RunFolderContents(folder).holdsRun else { return nil }
    throw InputError(
      .usage, path, "does not exist, but the folder holds a run",
      remedy: "put the file back, or give the configuration of the run with --config")
  }
}
