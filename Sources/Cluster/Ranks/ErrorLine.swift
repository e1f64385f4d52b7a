import Foundation
import Synchronization

/// A line on standard error, for everything that the program has to say there.
public enum ErrorLine {
  /// How a line is printed, without its line end.
  public typealias Form = @Sendable (String) -> String

  private static let form = Mutex<Form> { "fusionctl: \($0)" }

  /// Has lines printed in another form from now on, such as with colour on a terminal.
  public static func use(_ form: @escaping Form) { self.form.withLock { $0 = form } }

  /// Writes one line, if anybody listens.
  public static func write(_ line: String) {
    let text = form.withLock { $0 }(line)
    try? FileHandle.standardError.write(contentsOf: Data("\(text)\n".utf8))
  }
}
