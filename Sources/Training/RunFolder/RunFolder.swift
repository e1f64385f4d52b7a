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
  private let lock: RunFolderLock

  /// How a folder may be used.
  public enum Use: Sendable {
    /// It must hold no run.
    case new
    /// It must hold a run, which goes on.
    case resume
    /// A run that it holds is removed.
    case overwrite
  }

  /// Opens, and makes where needed, the folder of a run, and locks it.
  /// - Throws: `InputError`: usage for a folder that does not suit `use`; environment when it cannot be
  ///   written or another process uses it.
  public init(_ path: String, _ use: Use) throws {
    self.path = path
    let files = FileManager.default
    // A run that failed before it began leaves its log, which must not be in the way of the next attempt.
    let content =
      (try? files.contentsOfDirectory(atPath: path))?.filter { $0 != ".lock" && $0 != "train.log" } ?? []
    let isRun = content.contains("config.yaml") || content.contains("checkpoints")
    switch use {
    case .new where isRun:
      throw InputError(
        .usage, "--out \(path)", "the folder already holds a run",
        remedy: "continue it with --resume, replace it with --overwrite, or choose another folder")
    case .new where !content.isEmpty, .overwrite where !content.isEmpty && !isRun:
      throw InputError(
        .usage, "--out \(path)", "the folder holds other files", remedy: "choose an empty or a new folder")
    case .resume where !isRun:
      throw InputError(
        .usage, "--out \(path)", "the folder holds no run to resume",
        remedy: "start one without --resume, or check the path")
    default: break
    }
    do {
      try files.createDirectory(atPath: path, withIntermediateDirectories: true)
    } catch {
      throw InputError(
        .environment, path, "the folder cannot be made (\(error.localizedDescription))",
        remedy: "check the path and its permissions")
    }
    lock = try RunFolderLock(folder: path)
    if use == .overwrite {
      for name in Self.contents { try? files.removeItem(atPath: "\(path)/\(name)") }
    }
    checkpoints = CheckpointStore(runFolder: path)
    log = try RunLog(path: "\(path)/train.log")
  }

  private static let contents = ["config.yaml", "metrics.csv", "summary.json", "train.log", "checkpoints"]

  /// False on file systems without locks, where a second run in the folder is not noticed.
  public var isLocked: Bool { lock.isEnforced }

  public var configurationPath: String { Self.configurationPath(in: path) }
  public var metricsPath: String { "\(path)/metrics.csv" }
  public var summaryPath: String { Self.summaryPath(in: path) }

  public static func configurationPath(in folder: String) -> String { "\(folder)/config.yaml" }
  public static func summaryPath(in folder: String) -> String { "\(folder)/summary.json" }

  /// The run folder that a checkpoint lies in, nil for a checkpoint elsewhere.
  public static func folder(ofCheckpoint path: String) -> String? {
    let checkpoints = URL(filePath: path).deletingLastPathComponent()
    guard checkpoints.lastPathComponent == "checkpoints" else { return nil }
    let run = checkpoints.deletingLastPathComponent().path
    return FileManager.default.fileExists(atPath: summaryPath(in: run)) ? run : nil
  }
}
