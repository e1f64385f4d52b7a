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
