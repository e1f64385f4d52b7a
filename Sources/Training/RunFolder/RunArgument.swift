import Basics
import Foundation

extension RunFolder {
  /// The run folder in which a checkpoint lies; nil for a checkpoint elsewhere.
  static func folder(ofCheckpoint path: String) -> String? {
    let checkpoints = URL(filePath: path).standardizedFileURL.deletingLastPathComponent()
    guard checkpoints.lastPathComponent == "checkpoints" else { return nil }
    return checkpoints.deletingLastPathComponent().path
  }

  /// The run folder of a path to the run's checkpoints, summary or configuration; nil for other paths.
  private static func folder(ofPart path: String) -> String? {
    let url = URL(filePath: path)
    let parent = url.deletingLastPathComponent()
    let isInside = ["checkpoints", "summary.json", "config.yaml"].contains(url.lastPathComponent)
    let run = isInside ? parent : parent.deletingLastPathComponent()
    guard isInside || parent.lastPathComponent == "checkpoints" else { return nil }
    return PathState.of(summaryPath(in: run.path)) == .present(.file) ? run.relativePath : nil
  }

  /// Refuses a part of a run in place of its folder.
  /// - Throws: `InputError` of the given kind that names the run folder.
  package static func refusePart(_ path: String, _ kind: InputError.Kind, _ subject: String) throws {
    guard let run = folder(ofPart: path) else { return }
    throw InputError(
      kind, subject, "is a part of a run, expected its folder", remedy: "name the folder of the run: \(run)")
  }
}

extension RunSummary {
  /// Reads the summary of a run that a user named.
  /// - Parameter path: the run folder.
  /// - Throws: `InputError`: data for a path without a run, or a damaged summary; environment when the system refuses
  ///   to read the summary.
  package init(run path: String) throws {
    let state = PathState.of(path)
    if let error = state.error(.data, path) { throw error }
    try RunFolder.refusePart(path, .data, path)
    guard state == .present(.folder) else {
      throw InputError(
        .data, path, "is not a folder, expected that of a run", remedy: "name the folder of a run")
    }
    try self.init(contentsOf: RunFolder.summaryPath(in: path))
  }
}
