#if canImport(Glibc)
  import Glibc
#endif

/// Why the system refused a call on a file: the words for its `errno`, and what to do next.
package enum SystemFault {
  /// What happened, in plain words, with the number for those who search for it.
  ///
  ///     reason(EACCES)  "permission denied, errno 13"
  ///     reason(ESTALE)  "the file server no longer knows the file, errno 116"
  package static func reason(_ code: Int32) -> String {
    let words =
      switch code {
      case EACCES, EPERM: "permission denied"
      case EIO: "the disk or the file server reports an input/output error"
      case ESTALE: "the file server no longer knows the file"
      case ELOOP: "its links lead in a circle"
      case EMFILE: "this process has too many files open"
      case ENFILE: "this machine has too many files open"
      case ENOTDIR: "a part of the path is a file, not a folder"
      case ENAMETOOLONG: "the name is too long"
      case ENOSPC: "no space left on the device"
      case EDQUOT: "the quota is used up"
      case EFBIG: "the file may not grow further: a limit of file sizes (ulimit -f)"
      case EROFS: "the file system is read-only"
      case ENOTCONN, EHOSTDOWN, ETIMEDOUT: "the file server does not answer"
      case ENOENT: "there is no such file or folder"
      default: String(cString: strerror(code))
      }
    return "\(words), errno \(code)"
  }

  /// What to do about it; nil where nothing general helps.
  package static func remedy(_ code: Int32) -> String? {
    switch code {
    case ENOSPC, EDQUOT: "free some space or choose another folder"
    case EFBIG: "raise the limit (ulimit -f unlimited) or choose another folder"
    case EACCES, EPERM, EROFS: "check the permissions of the file and of the folders above it"
    case ENOENT, ENAMETOOLONG, ENOTDIR, ELOOP: "check the path"
    case EIO, ESTALE, ENOTCONN, EHOSTDOWN, ETIMEDOUT: "check the file system, then try again"
    case EMFILE: "raise the limit of open files (ulimit -n)"
    case ENFILE: "try again when the machine is less busy"
    default: nil
    }
  }
}

/// What stands at a path. Absent, behind a broken link and out of reach are three different things.
package enum PathState: Equatable, Sendable {
  package enum Kind: Sendable { case file, folder, other }

  /// Something is there; links are followed.
  case present(Kind)
  /// Nothing has the name, and no link on the way is broken.
  case absent
  /// A link, at the path or on the way, leads to a target that is not there.
  case dangling(link: String, target: String)
  /// The system does not say, for the reason of this `errno`.
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
  ///     "is a link to /scratch/run, which is not there"
  package var problem: String? {
    switch self {
    case .present: nil
    case .absent: "does not exist"
    case .dangling(let link, let target): "lies behind the link \(link) to \(target), which is not there"
    case .unreachable(let code): "cannot be reached (\(SystemFault.reason(code)))"
    }
  }

  /// The error about a path at which something should stand; nil where something does.
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
