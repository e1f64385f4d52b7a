import ArgumentParser
import Foundation

/// Where lines go.
enum Terminal {
  /// A result, to standard output.
  static func result(_ text: String) {
    FileHandle.standardOutput.write(Data((text.hasSuffix("\n") ? text : text + "\n").utf8))
  }

  /// A diagnostic, to standard error.
  static func error(_ line: String) {
    FileHandle.standardError.write(Data("fusionctl: \(line)\n".utf8))
  }
}
