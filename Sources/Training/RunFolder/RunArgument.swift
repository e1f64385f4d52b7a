import Foundation
import Tensors

extension RunFolder {
  /// The folder of the run that a checkpoint lies in; nil for a checkpoint elsewhere.
  static func folder(ofCheckpoint path: String) -> String? {
    let checkpoints = URL(filePath: path).standardizedFileURL.deletingLastPathComponent()
    guard checkpoints.lastPathComponent == "checkpoints" else { return nil }
    return checkpoints.deletingLastPathComponent().path
  }
}

extension RunSummary {
  /// Reads the summary of a run that a user named.
  /// - Parameter path: the run folder.
  /// - Throws: `InputError` (data) for a path without a run, or a damaged summary.
  public init(run path: String) throws {
    let state = PathState.of(path)
    if let error = state.error(.data, path) { throw error }
    let parent = URL(filePath: path).deletingLastPathComponent()
    let isInside = ["checkpoints", "summary.json", "config.yaml"].contains(
      URL(filePath: path).lastPathComponent)
    let run = isInside ? parent : parent.deletingLastPathComponent()
    let isRun = PathState.of(RunFolder.summaryPath(in: run.path)) == .present(.file)
    let remedy = isRun ? "name the folder of the run: \(run.relativePath)" : "name the folder of a run"
    guard state == .present(.folder) else {
      throw InputError(.data, path, "is not a folder, expected that of a run", remedy: remedy)
    }
    if isInside, isRun {
      throw InputError(.data, path, "is a part of a run, expected its folder", remedy: remedy)
    }
    try self.init(contentsOf: RunFolder.summaryPath(in: path))
  }
}
