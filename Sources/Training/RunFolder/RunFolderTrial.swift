import Basics
import Checkpoints
import Foundation

/// Checks for a dry run whether a run could use a folder, and changes nothing.
package struct RunFolderTrial {
  package let path: String
  /// The checkpoint from which the run would go on; nil for a new run.
  let newest: CheckpointStore.Newest?
  /// One line about other files in the folder; nil if there are none.
  let note: String?

  /// - Parameter inputs: the files and folders that the run reads, where nothing may be written.
  /// - Throws: `InputError` as `RunFolder` does for the same folder; environment when the folder is not writable.
  package init(_ path: String, _ use: RunFolder.Use, inputs: CommandInputs) throws {
    try RunFolder.requireName(path)
    try inputs.refuse(folder: path, flag: "--out", isReplaced: use == .overwrite)
    self.path = path
    let contents = try RunFolderContents(path)
    note = contents.holdsRun ? nil : try contents.requireRoom()
    try Self.requireWritable(path)
    try RunFolderLock.requireFree(path)
    switch use {
    case .new:
      try contents.requireNoRun()
      newest = nil
    case .overwrite: newest = nil
    case .resume:
      newest = try RunFolder.newestCheckpoint(of: CheckpointStore(runFolder: path), in: path, .system)
    }
  }

  /// The folder itself, or the nearest folder above it that exists.
  static func existing(_ path: String) -> String {
    var folder = path
    while PathState.of(folder) == .absent, folder != ".", folder != "/" { folder = Path.folder(of: folder) }
    return folder
  }

  private static func requireWritable(_ path: String) throws {
    let folder = existing(path)
    let places = [folder] + ["checkpoints", "train.log"].map { "\(path)/\($0)" }
    for place in places where PathState.of(place) != .absent {
      guard access(place, W_OK) != 0 else { continue }
      let code = errno
      throw InputError(
        .environment, "--out \(path)",
        place == path
          ? "may not be written to (\(SystemFault.reason(code)))"
          : "\(place) may not be written to (\(SystemFault.reason(code)))",
        remedy: SystemFault.remedy(code) ?? "choose another folder")
    }
  }
}
