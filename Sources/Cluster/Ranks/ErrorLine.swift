import Foundation
import Synchronization

/// Writes lines to standard error. Every message of the program there goes through it.
package enum ErrorLine {
  /// Gives a line the form in which it is printed, without its line break.
  package typealias Form = @Sendable (String) -> String

  private static let form = Mutex<Form> { "fusionctl: \($0)" }

  /// Prints lines in another form from now on, such as with colour on a terminal.
  package static func use(_ form: @escaping Form) { self.form.withLock { $0 = form } }

  /// Writes one line. A closed standard error is no failure.
  package static func write(_ line: String) {
    let text = form.withLock { $0 }(line)
    try? FileHandle.standardError.write(contentsOf: Data("\(text)\n".utf8))
  }
}
