import Basics
import Foundation

/// The identity of a file or folder: its device, and its number on the device. Two paths lead to the same file if
/// their identities are equal, also through links.
struct FileIdentity: Hashable {
  private let device: UInt64
  private let number: UInt64

  /// Follows links; nil where nothing can be reached.
  init?(_ path: String) {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    device = UInt64(status.st_dev)
    number = UInt64(status.st_ino)
  }
}

/// The place of a file or folder, links followed; the file or folder may be absent.
struct FilePlace {
  /// The nearest folder that exists, without links: the place itself if it is a folder, else one above it.
  private let folder: String
  /// The names that lead from `folder` to the place.
  private let names: [String]

  init(_ path: String) {
    let path = realPath(path) ?? path
    let parts = path.split(separator: "/").map(String.init)
    let start = path.hasPrefix("/") ? "/" : "./"
    func ancestor(_ count: Int) -> String { start + parts.prefix(count).joined(separator: "/") }
    let depth = (0...parts.count).last { PathState.of(ancestor($0)) == .present(.folder) } ?? 0
    folder = realPath(ancestor(depth)) ?? start
    names = Array(parts.dropFirst(depth))
  }

  /// The names that lead from a folder to the place: empty if the folder is the place, nil if the place is not below
  /// the folder.
  func names(below folder: String) -> [String]? {
    guard let goal = FileIdentity(folder) else { return nil }
    let above = self.folder.split(separator: "/").map(String.init)
    for count in (0...above.count).reversed()
    where FileIdentity("/" + above.prefix(count).joined(separator: "/")) == goal {
      return above.dropFirst(count) + names
    }
    return nil
  }
}

/// The path without links; nil where nothing can be reached.
func realPath(_ path: String) -> String? {
  guard let resolved = realpath(path, nil) else { return nil }
  defer { free(resolved) }
  return String(cString: resolved)
}
