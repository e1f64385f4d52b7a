import Basics
import Cluster
import Foundation
import Presentation

/// Where lines go.
enum Terminal {
  /// What `--color` says, looked at before the command line is parsed: mistakes in it are printed in this style, too.
  private static let colour: TextStyle.ColourChoice = {
    let words = Startup.arguments
    let joined = words.last { $0.hasPrefix("--color=") }.map { String($0.dropFirst("--color=".count)) }
    let next = words.lastIndex(of: "--color").flatMap { $0 + 1 < words.count ? words[$0 + 1] : nil }
    return (joined ?? next).flatMap(TextStyle.ColourChoice.init) ?? .auto
  }()

  /// The style of a stream: its width, colours and characters.
  static func style(_ descriptor: Int32) -> TextStyle { TextStyle(descriptor: descriptor, choice: colour) }

  /// Progress and messages, to standard error.
  static func progress(quiet: Bool) -> ProgressReporter {
    ProgressReporter(sink: StandardErrorSink(colour: colour), quiet: quiet)
  }

  /// A result, to standard output. Ends the program with status 1 where that cannot be written.
  /// - Parameter exact: whether programs read it, as they do JSON; else characters that the locale lacks are
  ///   replaced.
  static func result(_ text: String, exact: Bool = false) {
    if !write(text, exact: exact) { exit(1) }
  }

  /// A result, to standard output, by a command that has more to do.
  /// - Parameter exact: see `result`.
  /// - Returns: whether it could be written, unlike on a full disk. What went wrong has then been said; nothing is
  ///   said where the reader has gone, as that of `| head -1` does.
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

  /// A diagnostic, to standard error, if anybody listens.
  static func error(_ line: String) { ErrorLine.write(line) }

  /// A line on standard error that belongs to a diagnostic before it; broken at words on a terminal.
  static func hint(_ line: String, indent: Int = 0) {
    let style = style(STDERR_FILENO)
    let text = isatty(STDERR_FILENO) == 1 ? style.wrapped(line, indent: indent) : line
    try? FileHandle.standardError.write(contentsOf: Data((style.shown(text) + "\n").utf8))
  }

  /// Gives the lines of all modules on standard error the style of this terminal: broken at words there, one line
  /// each in a pipe or a file.
  static func prepare() {
    let (style, isTerminal) = (style(STDERR_FILENO), isatty(STDERR_FILENO) == 1)
    ErrorLine.use { style.diagnostic($0, isWrapped: isTerminal) }
  }
}

extension Ranks {
  /// Has the first rank tell the result of a command.
  /// - Parameter tell: returns whether everything could be written; it has said what could not.
  /// - Returns: what the first rank's `tell` returned, on all ranks.
  /// - Throws: on all ranks, what `tell` throws.
  func firstTells(_ tell: () throws -> Bool) throws -> Bool {
    let isWritten = try agree { try isFirst ? tell() : true }
    guard size > 1 else { return isWritten }
    return communicator.gather([isWritten ? 1 : 0], "the result").allSatisfy { $0 == [1] }
  }
}
