import Foundation
import Tensors

/// The root of a SEN12MS tree: `ROIs1158_spring/s2_1/ROIs1158_spring_s2_1_p30.tif` and so on.
public struct DataFolder: Sendable {
  public let url: URL

  public init(_ url: URL) { self.url = url }

  /// Where a file of a patch lies.
  public func file(_ patch: PatchID, _ kind: FileKind) -> URL {
    url.appending(path: patch.relativePath(kind))
  }

  /// The files of `patches` that are absent, as paths below the folder, scene by scene.
  ///
  /// Reads each scene's folders once instead of asking for every file.
  /// - Throws: `InputError` (data) when the data folder itself cannot be read.
  public func absentFiles(of patches: [PatchID], kinds: [FileKind]) throws -> [String] {
    try requireFolder()
    let wanted = patches.sorted()
    var absent: [String] = []
    var start = 0
    while start < wanted.count {
      let scene = wanted[start].scene
      let end = wanted[start...].firstIndex { $0.scene != scene } ?? wanted.count
      for kind in kinds {
        let present = presentPatches(of: scene, kind)
        absent += wanted[start..<end].filter { !present.contains($0) }.map { $0.relativePath(kind) }
      }
      start = end
    }
    return absent
  }

  /// - Throws: `InputError` (data) with the number of absent files and the first three.
  public func requireFiles(of patches: [PatchID], kinds: [FileKind]) throws {
    let absent = try absentFiles(of: patches, kinds: kinds)
    guard absent.isEmpty else {
      let names = firstNames(absent) + (absent.count > 3 ? ", …" : "")
      throw InputError(
        .data, url.path,
        "\(absent.count) of \(patches.count * kinds.count) files that the lists need are absent: \(names)",
        remedy: "complete the data, or give the folder that holds ROIs1158_spring and the others")
    }
  }

  private func requireFolder() throws {
    guard let folder = opendir(url.path) else {
      throw InputError(
        .data, url.path, "the data folder cannot be read (\(String(cString: strerror(errno))))",
        remedy: "give the folder that holds ROIs1158_spring and the others")
    }
    closedir(folder)
  }

  /// The patches with a file in one folder of a scene; none when there is no such folder.
  private func presentPatches(of scene: SceneID, _ kind: FileKind) -> Set<PatchID> {
    guard let folder = opendir(url.appending(path: scene.folder(kind)).path) else { return [] }
    defer { closedir(folder) }
    var present: Set<PatchID> = []
    while let entry = readdir(folder) {
      let named = withUnsafeBytes(of: &entry.pointee.d_name) { name in
        PatchID.parse(UnsafeRawBufferPointer(rebasing: name.prefix { $0 != 0 }))
      }
      if let named, named.kind == kind, named.patch.scene == scene { present.insert(named.patch) }
    }
    return present
  }
}
