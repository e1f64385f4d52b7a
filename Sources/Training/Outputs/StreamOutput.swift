import Basics
import Foundation

/// A device, a pipe or an open descriptor of this process: written to directly, never replaced by a new file.
struct StreamOutput {
  let path: String
  /// The descriptor that a path such as `/dev/stdout` stands for; nil for other paths. The descriptor is used as it is:
  /// if a redirected file were opened again, writing would begin at its first byte.
  private let descriptor: Int32?

  /// nil for the path of a file, of a folder, or of nothing.
  init?(_ path: String) {
    self.path = path
    descriptor = Self.descriptor(of: path)
    guard descriptor != nil || PathState.of(path) == .present(.other) else { return nil }
  }

  private static func descriptor(of path: String) -> Int32? {
    switch path {
    case "/dev/stdout": return STDOUT_FILENO
    case "/dev/stderr": return STDERR_FILENO
    default:
      let folder = ["/dev/fd/", "/proc/self/fd/"].first(where: path.hasPrefix)
      return folder.flatMap { Int32(path.dropFirst($0.count)) }
    }
  }

  /// - Throws: `InputError` (environment) with the system's reason.
  func write(_ text: String) throws {
    let opened = descriptor ?? open(path, O_WRONLY | O_CLOEXEC)
    guard opened >= 0 else { throw error(errno) }
    defer { if descriptor == nil { close(opened) } }
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Foundation.write(opened, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw error(errno) }
      rest = rest.dropFirst(count)
    }
  }

  private func error(_ code: Int32) -> InputError {
    InputError(
      .environment, path, "cannot be written (\(SystemFault.reason(code)))", remedy: SystemFault.remedy(code))
  }
}
