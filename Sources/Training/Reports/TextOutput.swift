import Checkpoints
import Foundation
import Tensors

/// A text file that a command will write at its end, checked at its beginning.
struct TextOutput {
  let path: String
  /// Devices and pipes are written to; files are replaced as a whole.
  private let isStream: Bool

  /// - Throws: `InputError` (environment) when nothing can be written there.
  init(path: String) throws {
    self.path = path
    var status = stat()
    isStream = stat(path, &status) == 0 && status.st_mode & S_IFMT != S_IFREG
    let folder = URL(filePath: path).deletingLastPathComponent().path
    let problem: String? =
      if isStream {
        status.st_mode & S_IFMT == S_IFDIR ? "is a folder" : nil
      } else {
        access(folder, W_OK) == 0 ? nil : "cannot be written (\(String(cString: strerror(errno))))"
      }
    if let problem { throw InputError(.environment, path, problem, remedy: "choose another path") }
  }

  /// - Throws: `InputError` (environment) with the system's reason.
  func write(_ text: String) throws {
    guard isStream else { return try AtomicFile.write(text, to: path) }
    do {
      let file = try FileHandle(forWritingTo: URL(filePath: path))
      try file.write(contentsOf: Data(text.utf8))
      try file.close()
    } catch {
      throw InputError(.environment, path, "cannot be written (\(String(cString: strerror(errno))))")
    }
  }
}
