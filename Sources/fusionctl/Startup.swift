import Basics
import CStartup
import Foundation

/// What every command does first.
enum Startup {
  /// The words of the command line after the name of the program. Swift itself reads them from /proc.
  static var arguments: [String] {
    (0..<st_argument_count()).dropFirst().map { String(cString: st_argument($0)) }
  }

  /// What this program was called by: "fusionctl", or a path.
  static var name: String { st_argument_count() > 0 ? String(cString: st_argument(0)) : "fusionctl" }

  /// The whole command line as a shell reads it.
  static var commandLine: String { (["fusionctl"] + arguments).map(ShellText.quoted).joined(separator: " ") }

  /// The file of this program; without /proc what it was called by.
  static var program: String {
    var path = [CChar](repeating: 0, count: Int(PATH_MAX))
    let length = readlink("/proc/self/exe", &path, path.count)
    guard length > 0 else { return name }
    return String(decoding: path.prefix(length).map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

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
