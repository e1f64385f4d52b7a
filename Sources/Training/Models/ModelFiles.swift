import Foundation
import Tensors

/// What the commands that write model files share.
enum ModelFiles {
  /// Refuses to replace a file unless told to.
  /// - Throws: `InputError` (usage).
  static func requireFree(_ path: String, force: Bool) throws {
    guard !force, FileManager.default.fileExists(atPath: path) else { return }
    throw InputError(
      .usage, "--out \(path)", "the file already exists",
      remedy: "replace it with --force or choose another name")
  }
}
