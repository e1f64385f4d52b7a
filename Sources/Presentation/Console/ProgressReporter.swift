import Foundation
import Synchronization

/// Shows how a phase of a run (an epoch, a validation, a test) gets on: a bar on a terminal, now and then a line
/// elsewhere if it takes long, nothing when quiet. Safe to use from several threads.
public final class ProgressReporter: Sendable {
  /// Seconds from a fixed moment, never going back.
  package typealias Clock = @Sendable () -> Double

  private let sink: any ConsoleSink
  private let clock: Clock
  private let quiet: Bool
  private let state = Mutex(State())

  private struct State {
    var phase: ProgressPhase?
    var lastShown = 0.0
    var lastShare = 0.0
    var isBarVisible = false
  }

  /// Seconds between two drawings of the bar.
  private static let barInterval = 0.1
  /// Seconds that lines keep apart, and the longest silence.
  private static let lineInterval = 10.0
  private static let longestSilence = 60.0

  package init(
    sink: any ConsoleSink = StandardErrorSink(), quiet: Bool = false,
    clock: @escaping Clock = { ProcessInfo.processInfo.systemUptime }
  ) {
    self.sink = sink
    self.quiet = quiet
    self.clock = clock
  }

  /// Says nothing at all, not even warnings: for those of several ranks that do not talk to the user.
  public static var silent: ProgressReporter { ProgressReporter(sink: NoConsole(), quiet: true) }

  /// Starts a phase.
  /// - Parameters:
  ///   - label: "epoch 3/100".
  ///   - total: patches of the phase.
  ///   - done: patches done before, in a resumed epoch.
  ///   - rest: what the run does afterwards; nil where that is not known, or there is no run.
  package func begin(_ label: String, total: Int, done: Int = 0, rest: RunClock.Rest? = nil) {
    state.withLock { state in
      let phase = ProgressPhase(label: label, total: total, done: done, rest: rest, start: clock())
      state = State(
        phase: phase, lastShown: clock(), lastShare: phase.share, isBarVisible: state.isBarVisible)
      if sink.isTerminal { draw(&state) }
    }
  }

  /// Tells the state of the phase.
  /// - Parameters:
  ///   - done: patches done, with those before the phase began.
  ///   - loss: mean loss of the phase so far; nil for none.
  ///   - waited: seconds of the phase so far spent waiting for data; nil where no data are streamed.
  package func update(done: Int, loss: Double? = nil, waited: Double? = nil) {
    state.withLock { state in
      guard state.phase != nil else { return }
      state.phase?.advance(done: done, loss: loss, waited: waited, now: clock())
      let share = state.phase?.share ?? 0
      let pause = clock() - state.lastShown
      if sink.isTerminal {
        if pause >= Self.barInterval { draw(&state) }
      } else if share < 1, pause >= Self.lineInterval,
        share >= state.lastShare + 0.1 || pause >= Self.longestSilence
      {
        (state.lastShown, state.lastShare) = (clock(), share)
        if let line = state.phase?.line { show(line + "\n") }
      }
    }
  }

  /// Ends the phase with one line of its figures.
  package func end() {
    state.withLock { state in
      guard var phase = state.phase else { return }
      phase.now = clock()
      clearBar(&state)
      show(phase.summary + "\n")
      state.phase = nil
    }
  }

  /// Ends the phase without a word: its result is told elsewhere, or there is none.
  package func clear() {
    state.withLock { state in
      clearBar(&state)
      state.phase = nil
    }
  }

  /// Prints a line; a bar stays below it.
  package func message(_ line: String) { message { _ in line } }

  /// Prints a text that depends on the place where it goes, and is without its last line end.
  package func message(_ text: (TextStyle) -> String) {
    show { $0.message(text($0), isWrapped: sink.isTerminal) }
  }

  /// Prints a line with a command. It is never broken, so that it can be copied.
  package func command(_ line: String) { show { $0.message(line, isWrapped: false) } }

  private func show(_ text: (TextStyle) -> String) {
    state.withLock { state in
      let hadBar = state.isBarVisible
      clearBar(&state)
      show(text(sink.style) + "\n")
      if hadBar { draw(&state) }
    }
  }

  /// Prints what must not be missed, also when quiet.
  package func warning(_ line: String) {
    state.withLock { state in
      let hadBar = state.isBarVisible
      clearBar(&state)
      sink.write(sink.style.diagnostic("warning: \(line)", isWrapped: sink.isTerminal) + "\n")
      if hadBar { draw(&state) }
    }
  }

  private func draw(_ state: inout State) {
    guard let phase = state.phase else { return }
    // A full line makes some terminals wrap, and they add "^C" to it when the run is stopped.
    let style = sink.style
    show("\r\(phase.bar(style, width: style.width - 3))\u{1B}[K")
    state.lastShown = clock()
    state.isBarVisible = !quiet
  }

  private func clearBar(_ state: inout State) {
    if state.isBarVisible { show("\r\u{1B}[K") }
    state.isBarVisible = false
  }

  private func show(_ text: String) {
    if !quiet { sink.write(text) }
  }
}
