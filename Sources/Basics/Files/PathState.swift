#if canImport(Glibc)
  import Glibc
#endif

/// What is at a path. An absent file, a broken link and a path out of reach are told apart.
package enum PathState: Equatable, Sendable {
  package enum Kind: Sendable { case file, folder, other }

  /// Something is there; links are followed.
  case present(Kind)
  /// Nothing has the name, and no link on the way is broken.
  case absent
  /// A link, at the path or on the way, leads to a target that is not there.
  case dangling(link: String, target: String)
  /// The system does not say; `errno` is the reason.
  case unreachable(Int32)

  /// Looks at a path.
  package static func of(_ path: String) -> PathState {
    var status = stat()
    if stat(path, &status) == 0 {
      switch status.st_mode & S_IFMT {
      case S_IFREG: return .present(.file)
      case S_IFDIR: return .present(.folder)
      default: return .present(.other)
      }
    }
    let code = errno
    return code == ENOENT ? brokenLink(on: path) ?? .absent : .unreachable(code)
  }

  /// Why the path cannot be used; nil where something is there.
  ///
  ///     "lies behind the link runs/a to /scratch/a, which is not there"
  package var problem: String? {
    switch self {
    case .present: nil
    case .absent: "does not exist"
    case .dangling(let link, let target): "lies behind the link \(link) to \(target), which is not there"
    case .unreachable(let code): "cannot be reached (\(SystemFault.reason(code)))"
    }
  }

  /// The error about a path that should exist; nil if it does.
  package func error(_ kind: InputError.Kind, _ subject: String, remedy: String? = nil) -> InputError? {
    guard let problem else { return nil }
    let general: String? =
      switch self {
      case .present, .absent: "check the path"
      case .dangling: "mount the file system or mend the link"
      case .unreachable(let code): SystemFault.remedy(code)
      }
    return InputError(kind, subject, problem, remedy: remedy ?? general)
  }

  /// The first link on the way to `path` whose target is not there.
  private static func brokenLink(on path: String) -> PathState? {
    var end = path.startIndex
    while end < path.endIndex {
      end = path[path.index(after: end)...].firstIndex(of: "/") ?? path.endIndex
      let part = String(path[..<end])
      var status = stat()
      guard lstat(part, &status) == 0 else { return nil }
      guard status.st_mode & S_IFMT == S_IFLNK, stat(part, &status) != 0 else { continue }
      var target = [UInt8](repeating: 0, count: Int(PATH_MAX))
      let length = target.withUnsafeMutableBytes {
        readlink(part, $0.baseAddress!.assumingMemoryBound(to: CChar.self), $0.count)
      }
      return .dangling(link: part, target: String(decoding: target.prefix(max(length, 0)), as: UTF8.self))
    }
    return nil
  }
}

/// Folders that the command line names.
package enum FolderArgument {
  /// - Throws: `InputError` (data) for what is absent, no folder, or out of reach.
  package static func require(_ path: String, _ flag: String) throws {
    let (state, subject) = (PathState.of(path), "\(flag) \(path)")
    switch state {
    case .present(.folder): return
    case .present: throw InputError(.data, subject, "is a file, expected a folder", remedy: "check the path")
    case .absent: throw InputError(.data, subject, "there is no such folder", remedy: "check the path")
    case .dangling, .unreachable:
      guard let error = state.error(.data, subject) else { preconditionFailure("nothing is there") }
      throw error
    }
  }
}
