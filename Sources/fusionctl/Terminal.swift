import Basics
import Cluster
import Foundation
import Presentation

/// Output to standard output and standard error.
enum Terminal {
  /// The value of `--color`, read before the command line is parsed: mistakes in it are printed in this style too.
  private static let colour: TextStyle.ColourChoice = {
    let words = Startup.arguments
    let joined = words.last { $0.hasPrefix("--color=") }.map { String($0.dropFirst("--color=".count)) }
    let next = words.lastIndex(of: "--color").flatMap { $0 + 1 < words.count ? words[$0 + 1] : nil }
    return (joined ?? next).flatMap(TextStyle.ColourChoice.init) ?? .auto
  }()

  /// The style of a stream: its width, colours and characters.
  static func style(_ descriptor: Int32) -> TextStyle { TextStyle(descriptor: descriptor, choice: colour) }

  /// A reporter that writes progress and messages to standard error.
  static func progress(quiet: Bool) -> ProgressReporter {
    ProgressReporter(sink: StandardErrorSink(colour: colour), quiet: quiet)
  }

  /// Writes a result to standard output. Ends the program with status 1 if the result cannot be written.
  /// - Parameter exact: true for text that programs read, such as JSON; otherwise characters that the locale lacks
  ///   are replaced.
  static func result(_ text: String, exact: Bool = false) {
    if !write(text, exact: exact) { exit(1) }
  }

  /// Writes a result to standard output, for a command that has more to do.
  /// - Parameter exact: see `result`.
  /// - Returns: whether the result could be written; false on a full disk, for instance. The error has then been
  ///   printed, except for a reader that has gone, such as `| head -1`.
  static func write(_ text: String, exact: Bool = false) -> Bool {
    let line = text.hasSuffix("\n") ? text : text + "\n"
    var bytes = Array((exact ? line : style(STDOUT_FILENO).shown(line)).utf8)[...]
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

  /// Writes a diagnostic to standard error; an error in writing is ignored.
  static func error(_ line: String) { ErrorLine.write(line) }

  /// Writes a line that belongs to the diagnostic before it to standard error, wrapped at words on a terminal.
  static func hint(_ line: String, indent: Int = 0) {
    let style = style(STDERR_FILENO)
    let text = isatty(STDERR_FILENO) == 1 ? style.wrapped(line, indent: indent) : line
    try? FileHandle.standardError.write(contentsOf: Data((style.shown(text) + "\n").utf8))
  }

  /// Gives the diagnostics of all modules the style of standard error: wrapped at words on a terminal, one line each in
  /// a pipe or a file.
  static func prepare() {
    let (style, isTerminal) = (style(STDERR_FILENO), isatty(STDERR_FILENO) == 1)
    ErrorLine.use { style.diagnostic($0, isWrapped: isTerminal) }
  }
}

extension Ranks {
  /// Lets the first rank print the result of a command.
  /// - Parameter tell: prints the result, with an error for what could not be written, and returns whether all was
  ///   written.
  /// - Returns: the value that `tell` returned on the first rank, on all ranks.
  /// - Throws: the error that `tell` threw, on all ranks.
  func firstTells(_ tell: () throws -> Bool) throws -> Bool {
    let isWritten = try agree { try isFirst ? tell() : true }
    guard size > 1 else { return isWritten }
    return communicator.gather([isWritten ? 1 : 0], "the result").allSatisfy { $0 == [1] }
  }
}
