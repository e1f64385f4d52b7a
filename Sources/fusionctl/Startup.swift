import Basics
import CStartup
import Foundation
import Presentation

/// The words of the command line, and the preparations of every command.
enum Startup {
  /// The words of the command line after the name of the program. They come from C, because Swift reads them from
  /// /proc, which may be absent.
  static var arguments: [String] {
    (0..<st_argument_count()).dropFirst().map { String(cString: st_argument($0)) }
  }

  /// The word by which this program was called: "fusionctl", or a path.
  static var name: String { st_argument_count() > 0 ? String(cString: st_argument(0)) : "fusionctl" }

  /// The whole command line, quoted for a shell.
  static var commandLine: String { (["fusionctl"] + arguments).map(ShellText.quoted).joined(separator: " ") }

  /// Path of this program's file; without /proc the word by which it was called.
  static var program: String {
    var path = [CChar](repeating: 0, count: Int(PATH_MAX))
    let length = readlink("/proc/self/exe", &path, path.count)
    guard length > 0 else { return name }
    return String(decoding: path.prefix(length).map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  /// Ignores the signals of writes that fail, so that the writes return an error, and checks the current folder.
  /// - Throws: `InputError` (environment) when the current folder was deleted.
  static func prepare() throws {
    // SIGPIPE means that the reader has gone, SIGXFSZ that the file may not grow.
    for name in [SIGPIPE, SIGXFSZ] { signal(name, SIG_IGN) }
    guard let folder = getcwd(nil, 0) else {
      let code = errno
      // Other errors only hide the name of the folder: relative paths still work.
      guard code == ENOENT else { return }
      throw InputError(
        .environment, "current folder", "it was deleted while this shell was in it",
        remedy: "change to another folder (cd) and run the command again")
    }
    free(folder)
  }
}
