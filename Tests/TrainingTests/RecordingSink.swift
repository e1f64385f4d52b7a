import Synchronization

@testable import Training

/// Keeps what was written, piece by piece, and a clock that the test moves.
final class RecordingSink: ConsoleSink {
  let isTerminal: Bool
  let style: TextStyle
  private let pieces = Mutex<[String]>([])
  private let time = Mutex(100.0)

  init(isTerminal: Bool, width: Int = 80) {
    self.isTerminal = isTerminal
    style = TextStyle(width: width, hasColour: false, hasUnicode: true)
  }

  func write(_ text: String) { pieces.withLock { $0.append(text) } }
  var written: [String] { pieces.withLock { $0 } }
  func wait(_ seconds: Double) { time.withLock { $0 += seconds } }
  var now: Double { time.withLock { $0 } }

  func reporter(quiet: Bool = false) -> ProgressReporter {
    ProgressReporter(sink: self, quiet: quiet) { self.now }
  }
}
