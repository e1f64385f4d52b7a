import Basics
import Checkpoints
import Foundation

/// Everything a run writes, in one folder that one process at a time may write to.
///
///     config.yaml     the resolved experiment
///     metrics.csv     one row an epoch
///     summary.json    the result of the run
///     train.log       what was printed, with times
///     checkpoints/    last.h5, previous.h5, best.h5
///
/// Anything else in the folder is somebody else's and is left alone.
public final class RunFolder {
  package let path: String
  package let checkpoints: CheckpointStore
  package let log: RunLog
  let files: FileSystem
  /// What there is to say about other files in the folder; nil if nothing.
  let note: String?
  /// What the run goes on from; nil where a new one begins, and once it has been taken.
  package private(set) var newest: CheckpointStore.Newest?
  private let lock: RunFolderLock
  private let use: Use
  /// Folders that were made for the run, the outermost first.
  private let made: [String]
  private var hasBegun = false

  /// How a folder may be used.
  public enum Use: Sendable {
    /// It must hold no run.
    case new
    /// A run that it holds goes on.
    case resume
    /// A run that it holds is replaced.
    case overwrite
  }

  /// Opens, and makes where needed, the folder of a run, and locks it.
  ///
  /// A run that goes on is looked at before anything is written: one with results is never begun anew because
  /// its checkpoints cannot be read.
  /// - Parameter files: the calls behind checkpoints and reports.
  /// - Throws: `InputError`: usage for a folder that does not suit `use`; checkpoint for a run with results and
  ///   without a sound checkpoint; environment when something cannot be read or written, or another process uses
  ///   the folder.
  public convenience init(_ path: String, _ use: Use) throws { try self.init(path, use, files: .system) }

  /// - Parameter files: what reads and writes.
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

  /// What a run goes on from; nil for one that was only begun.
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
  /// - Returns: those that were made, the outermost first.
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

  /// Takes what the run goes on from, opened and checked. Its file takes space until the last who has it lets it go.
  func takeNewest() -> CheckpointStore.Newest? {
    defer { newest = nil }
    return newest
  }

  /// A new run begins: what is to be replaced goes. Until then a mistake in the command line costs nothing.
  ///
  /// Only files of a run are removed, by their names.
  /// - Throws: `InputError` (environment) naming what cannot be removed.
  func begin() throws {
    hasBegun = true
    guard use == .overwrite else { return }
    for name in RunOutput.fileNames.reversed() { try files.remove("\(path)/\(name)") }
    try checkpoints.removeAll()
    log.clear()
  }

  /// Removes what was made for a run that was refused before it began.
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

  /// The configuration of the run in a folder that is to go on; nil where a new run begins.
  /// - Parameter isGiven: whether the command line names a configuration.
  /// - Throws: `InputError`: environment when it is there but cannot be read; usage when the run has lost it and
  ///   none is given.
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
