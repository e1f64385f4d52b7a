import Checkpoints
import Foundation
import Tensors

/// Everything a run writes, in one folder that one process at a time may write to.
///
///     config.yaml     the resolved experiment
///     metrics.csv     one row an epoch
///     summary.json    what the run came to
///     train.log       what was printed, with times
///     checkpoints/    last.h5, previous.h5, best.h5
public final class RunFolder {
  public let path: String
  public let checkpoints: CheckpointStore
  public let log: RunLog
  let files: FileSystem
  private let lock: RunFolderLock

  /// How a folder may be used.
  public enum Use: Sendable {
    /// It must hold no run.
    case new
    /// A run that it holds goes on.
    case resume
    /// A run that it holds is replaced.
    case overwrite
  }

  private let use: Use

  /// Opens, and makes where needed, the folder of a run, and locks it.
  /// - Parameter files: the calls behind checkpoints and reports.
  /// - Throws: `InputError`: usage for a folder that does not suit `use`; environment when it cannot be
  ///   written or another process uses it.
  public init(_ path: String, _ use: Use, files: FileSystem = .system) throws {
    self.files = files
    self.path = path
    self.use = use
    guard !path.isEmpty else {
      throw InputError(.usage, "--out", "the path is empty", remedy: "name a folder")
    }
    guard Self.holdsRun(path) || Self.strangers(in: path).isEmpty else {
      throw InputError(
        .usage, "--out \(path)", "the folder holds other files", remedy: "choose an empty or a new folder")
    }
    try Self.make(path)
    lock = try RunFolderLock(folder: path)
    guard use != .new || !Self.holdsRun(path) else {
      throw InputError(
        .usage, "--out \(path)", "the folder already holds a run",
        remedy: "continue it with --resume, replace it with --overwrite, or choose another folder")
    }
    checkpoints = CheckpointStore(runFolder: path, files: files)
    log = try RunLog(path: "\(path)/train.log")
  }

  static let contents = ["config.yaml", "metrics.csv", "summary.json", "train.log", "checkpoints"]

  private static func make(_ path: String) throws {
    let files = FileManager.default
    guard (try? files.createDirectory(atPath: path, withIntermediateDirectories: true)) == nil else { return }
    // Foundation does not say why it failed; the call itself does.
    guard mkdir(path, 0o777) != 0 else { return }
    let code = errno
    throw InputError(
      .environment, "--out \(path)",
      "the folder cannot be made (\(String(cString: strerror(code))), errno \(code))",
      remedy: "check the path and its permissions")
  }

  /// Whether a run got as far as its first report.
  private static func holdsRun(_ path: String) -> Bool {
    ["config.yaml", "checkpoints"].contains { FileManager.default.fileExists(atPath: "\(path)/\($0)") }
  }

  /// What no run wrote; hidden files are locks and half-written files.
  private static func strangers(in path: String) -> [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    return names.filter { !$0.hasPrefix(".") && !contents.contains($0) }
  }

  /// The newest good checkpoint of the run that goes on, nil where there is none.
  /// - Throws: `InputError` (checkpoint) when there are checkpoints but none is good.
  public func newestCheckpoint() throws -> CheckpointStore.Newest? {
    use == .overwrite ? nil : try checkpoints.openNewest()
  }

  /// Removes the run that is to be replaced. Until then a mistake in the command line costs nothing.
  public func removeReplaced() {
    guard use == .overwrite else { return }
    for name in Self.contents where name != "train.log" {
      try? FileManager.default.removeItem(atPath: "\(path)/\(name)")
    }
    log.clear()
  }

  /// False on file systems without locks, where a second run in the folder is not noticed.
  public var isLocked: Bool { lock.isEnforced }

  public var configurationPath: String { Self.configurationPath(in: path) }
  public var metricsPath: String { "\(path)/metrics.csv" }
  public var summaryPath: String { Self.summaryPath(in: path) }

  public static func configurationPath(in folder: String) -> String { "\(folder)/config.yaml" }
  public static func summaryPath(in folder: String) -> String { "\(folder)/summary.json" }
}
