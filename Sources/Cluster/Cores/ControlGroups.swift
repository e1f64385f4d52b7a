import Foundation

/// The control groups of the process, as containers and batch systems set them.
enum ControlGroups {
  /// A folder of files that say what a group allows.
  struct Folder {
    let path: String
    let isVersion2: Bool

    /// The words of a file of the folder; nil if there is no such file.
    func words(_ file: String) -> [String]? {
      (try? String(contentsOfFile: "\(path)/\(file)", encoding: .utf8))?.split(whereSeparator: \.isWhitespace)
        .map(String.init)
    }
  }

  /// The folders of the process's group and of all groups above it. The limits of all of them hold.
  ///
  /// A container may show a path that exists on its host only, so some folders may be absent.
  /// - Parameters:
  ///   - controller: "cpu" or "memory".
  ///   - root: the folder taken as the root of the file system.
  static func folders(of controller: String, root: String) -> [Folder] {
    guard let text = try? String(contentsOfFile: root + "/proc/self/cgroup", encoding: .utf8) else {
      return []
    }
    // Lines are `number:controllers:path`; version 2 has number 0 and no controllers.
    return text.split(separator: "\n").flatMap { line -> [Folder] in
      let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard fields.count == 3 else { return [] }
      let isVersion2 = fields[0] == "0" && fields[1].isEmpty
      guard isVersion2 || fields[1].split(separator: ",").contains(Substring(controller)) else { return [] }
      let mounts = isVersion2 ? ["", "/unified"] : ["/\(fields[1])", "/\(controller)"]
      let parts = fields[2].split(separator: "/").filter { $0 != ".." }
      return mounts.flatMap { mount in
        (0...parts.count).map { count in
          let folder = (["\(root)/sys/fs/cgroup\(mount)"] + parts.prefix(count).map(String.init))
            .joined(separator: "/")
          return Folder(path: folder, isVersion2: isVersion2)
        }
      }
    }
  }
}
