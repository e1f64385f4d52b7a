import Cluster
import Foundation
import Tensors

/// Where lines go.
enum Terminal {
  /// A result, to standard output. Ends the program with status 1 where that cannot be written.
  static func result(_ text: String) {
    if !write(text) { exit(1) }
  }

  /// A result, to standard output, by a command that has more to do.
  /// - Returns: whether it could be written, unlike on a full disk. What went wrong has then been said; nothing is
  ///   said where the reader has gone, as that of `| head -1` does.
  static func write(_ text: String) -> Bool {
    var bytes = Array((text.hasSuffix("\n") ? text : text + "\n").utf8)[...]
    while !bytes.isEmpty {
      let written = bytes.withUnsafeBytes { Foundation.write(STDOUT_FILENO, $0.baseAddress, $0.count) }
      if written >= 0 {
        bytes = bytes.dropFirst(written)
      } else if errno != EINTR {
        let code = errno
        if code != EPIPE { error("standard output: cannot be written (\(SystemFault.reason(code)))") }
        return false
      }
    }
    return true
  }

  /// A diagnostic, to standard error, if anybody listens.
  static func error(_ line: String) { ErrorLine.write(line) }
}
