import Foundation

/// A line on standard error, for everything that the program has to say there.
public enum ErrorLine {
  /// Writes one line, if anybody listens.
  public static func write(_ line: String) {
    try? FileHandle.standardError.write(contentsOf: Data("fusionctl: \(line)\n".utf8))
  }
}
