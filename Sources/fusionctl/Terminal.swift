import Cluster
import Foundation

/// Where lines go.
enum Terminal {
  /// A result, to standard output. Ends the program where that cannot be written, for instance on a full disk.
  static func result(_ text: String) {
    do {
      try FileHandle.standardOutput.write(contentsOf: Data((text.hasSuffix("\n") ? text : text + "\n").utf8))
    } catch {
      self.error("standard output: cannot be written (\(String(cString: strerror(errno))))")
      exit(1)
    }
  }

  /// A diagnostic, to standard error, if anybody listens.
  static func error(_ line: String) { ErrorLine.write(line) }
}
