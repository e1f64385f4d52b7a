import Foundation

/// Where progress goes.
package protocol ConsoleSink: Sendable {
  /// Whether the cursor can be moved back.
  var isTerminal: Bool { get }
  /// What can be shown; the width may change while running.
  var style: TextStyle { get }
  /// Writes at once, as one piece.
  func write(_ text: String)
}

/// Nowhere.
struct NoConsole: ConsoleSink {
  let isTerminal = false
  let style = TextStyle.plain
  func write(_ text: String) {}
}

/// Standard error. Our own signs are written as its locale can show them.
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

  /// Ctrl-C leaves an empty line behind, not half a bar. Who handles it already, or ignores it, still does.
  private static func wipeLineWhenInterrupted() {
    var present = sigaction()
    guard sigaction(SIGINT, nil, &present) == 0, present.__sigaction_handler.sa_handler == nil else { return }
    var action = sigaction()
    action.__sigaction_handler.sa_handler = { signal in
      // Nothing but what a signal handler may call; the second signal ends the process.
      let wipe: StaticString = "\r\u{1B}[K"
      _ = Foundation.write(STDERR_FILENO, wipe.utf8Start, wipe.utf8CodeUnitCount)
      raise(signal)
    }
    action.sa_flags = Int32(bitPattern: UInt32(SA_RESETHAND))
    sigaction(SIGINT, &action, nil)
  }

  /// With the width that the terminal has now.
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
