import Synchronization

@testable import Presentation

/// A console that records what is written, piece by piece. Its clock is moved by the test.
package final class RecordingSink: ConsoleSink {
  package let isTerminal: Bool
  package let style: TextStyle
  private let pieces = Mutex<[String]>([])
  private let time = Mutex(100.0)

  package init(isTerminal: Bool, width: Int = 80) {
    self.isTerminal = isTerminal
    style = TextStyle(width: width, hasColour: false, hasUnicode: true)
  }

  package func write(_ text: String) { pieces.withLock { $0.append(text) } }
  package var written: [String] { pieces.withLock { $0 } }
  package func wait(_ seconds: Double) { time.withLock { $0 += seconds } }
  package var now: Double { time.withLock { $0 } }

  package func reporter(quiet: Bool = false) -> ProgressReporter {
    ProgressReporter(sink: self, quiet: quiet) { self.now }
  }
}
