#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif
#if canImport(Glibc)
  import Glibc
#endif

/// The type of a file system and its free space.
package struct FileSystemKind: Equatable {
  /// The system's name of the type: ext4, xfs, nfs4, lustre, …
  package let name: String
  /// Bytes that a user may still write; nil where the system does not say.
  package let free: Int?

  /// The file system of an existing path; nil where the system does not say.
  package init?(of path: String) {
    guard let mounts = try? String(contentsOfFile: "/proc/self/mountinfo", encoding: .utf8),
      let name = Self.name(of: URL(filePath: path).resolvingSymlinksInPath().path, mounts: mounts)
    else { return nil }
    self.name = name
    var sizes = statvfs()
    // Some FUSE file systems report 0 for all sizes.
    let isKnown = statvfs(path, &sizes) == 0 && sizes.f_blocks > 0
    free = isKnown ? Int(clamping: sizes.f_bavail * sizes.f_frsize) : nil
  }

  /// Whether other machines may see the files.
  package var isShared: Bool {
    let shared = [
      "nfs", "lustre", "gpfs", "beegfs", "ceph", "panfs", "fuse", "cifs", "smb", "9p", "gfs", "wekafs",
    ]
    return shared.contains { name.hasPrefix($0) }
  }

  /// Whether files are kept in memory only.
  package var isVolatile: Bool { ["tmpfs", "ramfs"].contains(name) }

  /// The type of the mount whose folder is nearest above the path; of several on one folder, the last one.
  /// - Parameter mounts: lines of `mountinfo`: the fifth field is the folder, the type follows a lone dash.
  static func name(of path: String, mounts: String) -> String? {
    var best: (length: Int, name: String)?
    for line in mounts.split(separator: "\n") {
      let fields = line.split(separator: " ")
      guard fields.count > 5, let dash = fields.firstIndex(of: "-"), dash + 1 < fields.count else { continue }
      // Spaces in names are written in octal.
      let folder = fields[4].replacing("\\040", with: " ")
      guard folder == "/" || path == folder || path.hasPrefix(folder + "/") else { continue }
      if folder.count >= best?.length ?? 0 { best = (folder.count, String(fields[dash + 1])) }
    }
    return best?.name
  }
}
