import Foundation

/// Where progress and messages are written.
package protocol ConsoleSink: Sendable {
  /// Whether the cursor can be moved back to replace a line.
  var isTerminal: Bool { get }
  /// What the sink can show; its width may change during the run.
  var style: TextStyle { get }
  /// Writes at once, as one piece.
  func write(_ text: String)
}

/// Discards all text.
struct NoConsole: ConsoleSink {
  let isTerminal = false
  let style = TextStyle.plain
  func write(_ text: String) {}
}

/// Standard error. Signs such as "…" become ASCII where the locale cannot show them.
package struct StandardErrorSink: ConsoleSink {
  package let isTerminal: Bool
  private let atStart: TextStyle

  /// - Parameter colour: whether colours are wanted.
  package init(colour: TextStyle.ColourChoice = .auto) {
    let terminal = ProcessInfo.processInfo.environment["TERM"]
    isTerminal = isatty(STDERR_FILENO) == 1 && terminal != nil && terminal != "dumb"
    atStart = TextStyle(descriptor: STDERR_FILENO, choice: colour)
    if isTerminal { Self.wipeLineWhenInterrupted() }
  }

  /// Ctrl-C wipes an unfinished bar from its line. If the process already handles or ignores the signal, that
  /// stays.
  private static func wipeLineWhenInterrupted() {
    var present = sigaction()
    guard sigaction(SIGINT, nil, &present) == 0, present.__sigaction_handler.sa_handler == nil else { return }
    var action = sigaction()
    action.__sigaction_handler.sa_handler = { signal in
      // Only calls that a signal handler may make. The signal raised here ends the process (SA_RESETHAND).
      let wipe: StaticString = "\r\u{1B}[K"
      _ = Foundation.write(STDERR_FILENO, wipe.utf8Start, wipe.utf8CodeUnitCount)
      raise(signal)
    }
    action.sa_flags = Int32(bitPattern: UInt32(SA_RESETHAND))
    sigaction(SIGINT, &action, nil)
  }

  /// The style with the current width of the terminal.
  package var style: TextStyle {
    var style = atStart
    var size = winsize()
    if ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 { style.width = Int(size.ws_col) }
    return style
  }

  package func write(_ text: String) {
    var bytes = Array(atStart.shown(text).utf8)[...]
    while !bytes.isEmpty {
      let written = bytes.withUnsafeBytes { Foundation.write(STDERR_FILENO, $0.baseAddress, $0.count) }
      if written > 0 {
        bytes = bytes.dropFirst(written)
      } else if errno != EINTR {
        return  // A closed terminal must not end a run.
      }
    }
  }
}
