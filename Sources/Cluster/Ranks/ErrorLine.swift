import Foundation
import Synchronization

/// A line on standard error, for everything that the program has to say there.
package enum ErrorLine {
  /// How a line is printed, without its line end.
  package typealias Form = @Sendable (String) -> String

  private static let form = Mutex<Form> { "fusionctl: \($0)" }

  /// Has lines printed in another form from now on, such as with colour on a terminal.
  package static func use(_ form: @escaping Form) { self.form.withLock { $0 = form } }

  /// Writes one line, if anybody listens.
  package static func write(_ line: String) {
    let text = form.withLock { $0 }(line)
    try? FileHandle.standardError.write(contentsOf: Data("\(text)\n".utf8))
  }
}
