import Basics
import Foundation

/// The checkpoint that a user named: by its file, or by the folder of its run, whose best one is then meant.
package struct CheckpointArgument: Equatable, Sendable {
  /// Of the file.
  package let path: String
  /// The folder of the run that the file lies in, as the user wrote it where possible; nil for a file elsewhere.
  package let run: String?
  /// What to tell of the choice; nil where there was none, and for the best one.
  package let note: String?

  /// Looks for the checkpoint. Whether a file is one is seen when it is opened.
  /// - Throws: `InputError` (checkpoint) for a folder without a checkpoint.
  package init(_ named: String) throws {
    guard PathState.of(named) == .present(.folder) else {
      path = named
      run = Self.run(ofFile: named)
      note = nil
      return
    }
    let folder = named.count > 1 && named.hasSuffix("/") ? String(named.dropLast()) : named
    let places = [RunFolder.checkpointsPath(in: folder), folder]
    let files = places.flatMap { place in ["best", "last"].map { "\(place)/\($0).h5" } }
    guard let file = files.first(where: { PathState.of($0) != .absent }) else {
      throw try Self.absence(in: folder)
    }
    path = file
    run = Self.run(ofFile: file)
    note = file.hasSuffix("/best.h5") ? nil : "\(folder) has no best checkpoint yet; \(file) is taken"
  }

  /// The checkpoints of the late pair that a folder stands for; nil for anything else.
  /// - Throws: `InputError`, see `RunSummary.init(run:)`.
  package static func latePair(in folder: String) throws -> (s1: String, s2: String)? {
    guard PathState.of(folder) == .present(.folder),
      PathState.of(RunFolder.checkpointsPath(in: folder)) == .absent,
      PathState.of(RunFolder.summaryPath(in: folder)) != .absent,
      let networks = try RunSummary(run: folder).networks, networks.count == 2
    else { return nil }
    return (networks[0].path, networks[1].path)
  }

  private static func absence(in folder: String) throws -> InputError {
    if let pair = try latePair(in: folder) {
      return InputError(
        .checkpoint, folder, "is a late pair, which has no checkpoint of its own",
        remedy: "name one of its networks: \(pair.s1) or \(pair.s2)")
    }
    return InputError(
      .checkpoint, folder, "is a folder without a checkpoint, expected that of a run, or a checkpoint",
      remedy: "name a run that has saved one, or a file such as RUN/checkpoints/best.h5")
  }

  /// The run of a checkpoint, by the path that the user wrote.
  private static func run(ofFile path: String) -> String? {
    guard let absolute = RunFolder.folder(ofCheckpoint: path) else { return nil }
    let folder = Path.folder(of: path)
    return URL(filePath: folder).relativePath.hasSuffix("checkpoints") ? Path.folder(of: folder) : absolute
  }
}
