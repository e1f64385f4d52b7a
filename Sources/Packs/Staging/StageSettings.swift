import Basics

/// Where copies of shards are kept, and how many bytes they may take.
package struct StageSettings: Equatable, Sendable {
  /// An existing folder, on a disk of this node or in its memory.
  package let folder: String
  /// The most bytes of copies of a pack; nil for what is free.
  package let limit: Int?
  /// The bytes of memory that the run leaves. They bound a folder that is kept in memory.
  package let freeMemory: Int

  /// - Throws: `InputError` when the folder is absent or is none.
  package init(folder: String, limit: Int?, freeMemory: Int) throws {
    if let error = PathState.of(folder).error(.usage, "data.stage \(folder)") { throw error }
    guard PathState.of(folder) == .present(.folder) else {
      throw InputError(
        .usage, "data.stage \(folder)", "is not a folder", remedy: "name a folder of this node")
    }
    (self.folder, self.limit, self.freeMemory) = (folder, limit, freeMemory)
  }

  /// Why a copy has no room; nil where it has.
  /// - Parameters:
  ///   - bytes: of the copy.
  ///   - kept: bytes of the copies that are there.
  ///   - disk: of the folder.
  func lack(for bytes: Int, beside kept: Int, _ disk: FileSystemKind?) -> String? {
    if let limit, bytes > limit - kept { return "data.stage_bytes allows no more" }
    guard let disk else { return nil }
    if disk.isVolatile, bytes > freeMemory - kept {
      return "\(folder) is in memory, and the run leaves no more"
    }
    // A twentieth of the free space is left to others.
    if let free = disk.free, bytes > free - free / 20 { return "\(folder) has no more room" }
    return nil
  }
}
