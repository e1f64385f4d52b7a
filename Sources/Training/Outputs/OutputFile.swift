import Basics
import Foundation

/// A file that a command will write at its end, checked at its beginning. The file is replaced as a whole, so that a
/// failure leaves either the old file or the new one.
package struct OutputFile: Sendable {
  /// The path that the user gave.
  package let path: String
  /// The path with links followed.
  package let target: String

  /// - Parameters:
  ///   - flag: the flag that names the file, for messages.
  ///   - inputs: the files and folders that the command reads.
  ///   - replaces: whether an existing file is replaced.
  /// - Throws: `InputError`: usage for a path that the command reads, or for an existing file that is not replaced;
  ///   environment when nothing can be written there.
  package init(_ path: String, flag: String, inputs: CommandInputs, replaces: Bool) throws {
    self.path = path
    guard !path.isEmpty else {
      throw InputError(.usage, flag, "the path is empty", remedy: "name a file")
    }
    target = realPath(path) ?? path
    try inputs.refuse(file: path, flag: flag)
    let state = PathState.of(path)
    switch state {
    case .absent: break
    case .present(.folder):
      throw InputError(.environment, path, "is a folder", remedy: "name a file in it")
    case .present(.other):
      throw InputError(.usage, "\(flag) \(path)", "is not a regular file", remedy: "choose another path")
    case .present(.file) where replaces: break
    case .present(.file):
      throw InputError(
        .usage, "\(flag) \(path)", "the file already exists",
        remedy: "replace it with --force or choose another name")
    case .dangling, .unreachable:
      if let error = state.error(.environment, path) { throw error }
    }
    try Self.requireWritable(folderOf: target, path)
  }

  private static func requireWritable(folderOf target: String, _ path: String) throws {
    let folder = URL(filePath: target).deletingLastPathComponent().path
    guard access(folder, W_OK | X_OK) != 0 else { return }
    let code = errno
    throw InputError(
      .environment, path, "cannot be written in \(folder) (\(SystemFault.reason(code)))",
      remedy: SystemFault.remedy(code) ?? "choose another path")
  }

  /// Replaces the file by these bytes.
  /// - Throws: `InputError` (environment) with the system's reason; an old file is then still there.
  package func write(_ bytes: [UInt8]) throws { try AtomicFile.write(bytes, to: target) }
}
