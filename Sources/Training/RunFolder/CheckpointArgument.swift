import Basics
import Foundation

/// The checkpoint that a user named, by its file or by a run folder. A run folder stands for its best checkpoint.
package struct CheckpointArgument: Equatable, Sendable {
  /// Path of the checkpoint file.
  package let path: String
  /// The run folder in which the file lies, as the user wrote it where possible; nil for a file elsewhere.
  package let run: String?
  /// One line about the chosen checkpoint if it is not the best one; else nil.
  package let note: String?

  /// Looks for the checkpoint. A file is checked only when it is opened.
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

  /// The checkpoints of the networks whose late fusion a folder keeps the result of; nil for any other folder or file.
  /// - Throws: `InputError`, see `RunSummary.init(run:)`.
  package static func lateNetworks(in folder: String) throws -> [String]? {
    guard PathState.of(folder) == .present(.folder),
      PathState.of(RunFolder.checkpointsPath(in: folder)) == .absent,
      PathState.of(RunFolder.summaryPath(in: folder)) != .absent,
      let networks = try RunSummary(run: folder).networks, networks.count >= 2
    else { return nil }
    return networks.map(\.path)
  }

  private static func absence(in folder: String) throws -> InputError {
    if let networks = try lateNetworks(in: folder) {
      return InputError(
        .checkpoint, folder,
        "is \(networks.count == 2 ? "a late pair" : "a late fusion"), which has no checkpoint of its own",
        remedy: "name one of its networks: \(networks.joined(separator: " or "))")
    }
    return InputError(
      .checkpoint, folder, "is a folder without a checkpoint, expected that of a run, or a checkpoint",
      remedy: "name a run that has saved one, or a file such as RUN/checkpoints/best.h5")
  }

  /// The run folder of a checkpoint, as the user wrote it where possible.
  private static func run(ofFile path: String) -> String? {
    guard let absolute = RunFolder.folder(ofCheckpoint: path) else { return nil }
    let folder = Path.folder(of: path)
    return URL(filePath: folder).relativePath.hasSuffix("checkpoints") ? Path.folder(of: folder) : absolute
  }
}
