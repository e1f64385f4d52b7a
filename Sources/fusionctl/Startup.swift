import Foundation
import Tensors

/// What every command does first.
enum Startup {
  /// Turns writes that the system would answer with a deadly signal into writes that fail, and looks whether there
  /// is a current folder.
  /// - Throws: `InputError` (environment) when the current folder was deleted.
  static func prepare() throws {
    // A reader that has gone (SIGPIPE) and a file that may not grow (SIGXFSZ) are errors of the write.
    for name in [SIGPIPE, SIGXFSZ] { signal(name, SIG_IGN) }
    guard let folder = getcwd(nil, 0) else {
      let code = errno
      // Paths are resolved even where the system does not tell the name of the folder.
      guard code == ENOENT else { return }
      throw InputError(
        .environment, "current folder", "it was deleted while this shell was in it",
        remedy: "change to another folder (cd) and run the command again")
    }
    free(folder)
  }
}
