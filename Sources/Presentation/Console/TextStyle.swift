import Basics
import Foundation

/// What the destination of a text can show: its width, colours, and characters beyond ASCII.
package struct TextStyle: Equatable, Sendable {
  /// Characters a line.
  package var width: Int
  /// Whether bold, dim and colours are shown. They never carry a meaning that the text lacks.
  package var hasColour: Bool
  /// Whether the locale is UTF-8. If not, signs such as "…" are written in ASCII.
  package var hasUnicode: Bool

  package init(width: Int, hasColour: Bool, hasUnicode: Bool) {
    (self.width, self.hasColour, self.hasUnicode) = (width, hasColour, hasUnicode)
  }

  /// 80 columns without colour: for files and for tests.
  package static let plain = TextStyle(width: 80, hasColour: false, hasUnicode: true)

  /// Whether colours are wanted: `--color`.
  package enum ColourChoice: String, CaseIterable, Sendable { case auto, always, never }

  /// The style of a stream.
  /// - Parameters:
  ///   - terminalWidth: columns of the terminal behind the stream; nil where there is none.
  ///   - choice: what the user asked for; it takes precedence over the environment.
  ///   - environment: the variables `NO_COLOR`, `CLICOLOR_FORCE`, `TERM`, `COLUMNS`, `LC_ALL`, `LC_CTYPE` and
  ///     `LANG` are read.
  package init(terminalWidth: Int?, choice: ColourChoice, environment: [String: String]) {
    func value(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
    // A wrong width is ignored: no command fails because of it.
    let columns = value("COLUMNS").flatMap { BoundedNumber.whole($0, in: 1...10_000) }
    width = terminalWidth ?? columns ?? 80
    let isCapable = terminalWidth != nil && value("TERM").map { $0 != "dumb" } ?? false
    hasColour =
      switch choice {
      case .always: true
      case .never: false
      case .auto:
        value("NO_COLOR") == nil && (isCapable || value("CLICOLOR_FORCE").map { $0 != "0" } ?? false)
      }
    let locale = (value("LC_ALL") ?? value("LC_CTYPE") ?? value("LANG") ?? "C").uppercased()
    hasUnicode = locale.contains("UTF-8") || locale.contains("UTF8")
  }

  /// The style of a file descriptor of this process.
  package init(
    descriptor: Int32, choice: ColourChoice,
    environment: [String: String] = ProcessInfo.processInfo.environment
  ) {
    var size = winsize()
    // OpenMPI gives its processes a terminal as standard output, even if mpirun itself writes to a file.
    let isTerminal = isatty(descriptor) == 1 && environment["OMPI_COMM_WORLD_RANK"] == nil
    let hasSize = isTerminal && ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0
    self.init(
      terminalWidth: isTerminal ? (hasSize ? Int(size.ws_col) : 80) : nil, choice: choice,
      environment: environment)
  }

  // MARK: Emphasis

  package func bold(_ text: String) -> String { marked("1", text) }
  package func dim(_ text: String) -> String { marked("2", text) }
  package func red(_ text: String) -> String { marked("31", text) }
  package func green(_ text: String) -> String { marked("32", text) }
  package func yellow(_ text: String) -> String { marked("33", text) }

  private func marked(_ code: String, _ text: String) -> String {
    hasColour && !text.isEmpty ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
  }

  // MARK: Width and characters

  /// Text broken at words to the width; lines after the first begin with `indent` spaces. Existing line ends stay.
  ///
  /// At most 100 columns are used: longer lines are hard to read. A longer word, such as a path, is never broken.
  package func wrapped(_ text: String, indent: Int = 0) -> String {
    let room = max(min(width, 100), indent + 12)
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { paragraph in
      var lines: [String] = []
      // Spaces at the beginning of a paragraph stay.
      var line = String(paragraph.prefix { $0 == " " })
      var isFirst = true
      for word in paragraph.split(separator: " ") {
        if !isFirst && line.visibleCount + 1 + word.visibleCount > room {
          lines.append(line)
          line = String(repeating: " ", count: indent) + word
        } else {
          line += (isFirst ? "" : " ") + word
        }
        isFirst = false
      }
      return (lines + [line]).joined(separator: "\n")
    }
    return lines.joined(separator: "\n")
  }

  /// The text with signs of the program in ASCII if the locale needs that. Other characters of names from
  /// files stay.
  package func shown(_ text: String) -> String {
    hasUnicode ? text : String(text.flatMap { Self.ascii[$0] ?? String($0) })
  }

  /// A bar of whole and half cells, at most `cells` wide, for a share 0…1.
  package func bar(_ share: Double, cells: Int) -> String {
    let halves = Int((min(max(share.isFinite ? share : 0, 0), 1) * Double(2 * cells)).rounded())
    return shown(String(repeating: "█", count: halves / 2) + (halves % 2 == 1 ? "▌" : ""))
  }

  private static let ascii: [Character: String] = [
    "–": "-", "—": "-", "·": ".", "…": "...", "─": "-", "━": "#", "╌": ".", "│": "|", "█": "#", "▌": "-",
    "→": "->",
    "≥": ">=", "≤": "<=", "×": "x", "²": "2", "✓": "+", "✗": "x", "−": "-", "±": "+-", "’": "'", "µ": "u",
  ]
}
