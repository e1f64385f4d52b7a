import Cluster
import Foundation
import Tensors

/// Where lines go.
enum Terminal {
  /// A result, to standard output. Ends the program with status 1 where that cannot be written, for instance on a
  /// full disk; without a word where the reader has gone, as that of `| head -1` does.
  static func result(_ text: String) {
    var bytes = Array((text.hasSuffix("\n") ? text : text + "\n").utf8)[...]
    while !bytes.isEmpty {
      let written = bytes.withUnsafeBytes { write(STDOUT_FILENO, $0.baseAddress, $0.count) }
      if written >= 0 {
        bytes = bytes.dropFirst(written)
      } else if errno != EINTR {
        let code = errno
        if code != EPIPE {
          error("standard output: cannot be written (\(SystemFault.reason(code)))")
        }
        exit(1)
      }
    }
  }

  /// A diagnostic, to standard error, if anybody listens.
  static func error(_ line: String) { ErrorLine.write(line) }
}
