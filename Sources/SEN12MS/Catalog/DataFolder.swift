import Basics
import Foundation

/// A file of a patch that is absent.
package struct AbsentFile: Hashable, Sendable, CustomStringConvertible {
  package let patch: PatchID
  package let kind: FileKind

  /// The path below the data folder.
  package var description: String { patch.relativePath(kind) }
}

/// The root of a SEN12MS tree: `ROIs1158_spring/s2_1/ROIs1158_spring_s2_1_p30.tif` and so on.
package struct DataFolder: Sendable {
  package let url: URL

  package init(_ url: URL) { self.url = url }

  /// The path of a file of a patch.
  package func file(_ patch: PatchID, _ kind: FileKind) -> URL {
    url.appending(path: patch.relativePath(kind))
  }

  /// The files of `patches` that are absent, scene by scene.
  ///
  /// Lists each scene's folders once instead of checking every file; only links are checked one by one. A
  /// file is absent only when its name is: a broken link or a folder without permission is an error.
  /// - Throws: `InputError` (data) when a folder exists but cannot be read, or something else than a file has
  ///   the name of one.
  package func absentFiles(of patches: [PatchID], kinds: [FileKind]) throws -> [AbsentFile] {
    try requireFolder()
    let wanted = patches.sorted()
    var absent: [AbsentFile] = []
    var start = 0
    while start < wanted.count {
      let scene = wanted[start].scene
      let end = wanted[start...].firstIndex { $0.scene != scene } ?? wanted.count
      for kind in kinds {
        let listing = try SceneListing(url.appending(path: scene.folder(kind)).path, scene: scene, kind: kind)
        absent += try wanted[start..<end].filter { patch in
          if listing.files.contains(patch) { return false }
          return try !listing.others.contains(patch) || !SceneListing.isFile(file(patch, kind).path)
        }.map { AbsentFile(patch: $0, kind: kind) }
      }
      start = end
    }
    return absent
  }

  /// - Throws: `InputError` (data) with the number of absent files and the first three.
  package func requireFiles(of patches: [PatchID], kinds: [FileKind]) throws {
    let absent = try absentFiles(of: patches, kinds: kinds)
    guard absent.isEmpty else {
      let names = firstNames(absent) + (absent.count > 3 ? ", …" : "")
      throw InputError(
        .data, url.path,
        "\(absent.count) of \(patches.count * kinds.count) files that the lists need are absent: \(names)",
        remedy:
          "give the folder that holds ROIs1158_spring and the others, complete the data, or leave such patches "
          + "out (--set data.missing=skip)")
    }
  }

  private func requireFolder() throws {
    guard let folder = opendir(url.path) else {
      let code = errno
      throw PathState.of(url.path).error(
        .data, url.path, remedy: "give the folder that holds ROIs1158_spring and the others")
        ?? FolderListing.unreadable(url.path, code)
    }
    closedir(folder)
  }
}
