import Foundation
import Synchronization

/// Shows the progress of a phase of a run (an epoch, a validation, a test). Safe to use from several threads.
///
/// A terminal gets a bar; elsewhere a long phase gets a line now and then. If quiet, only warnings are
/// printed.
public final class ProgressReporter: Sendable {
  /// Seconds since a fixed moment; they never decrease.
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
  /// Seconds from one line to the next: the least, and the most.
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

  /// Prints nothing at all, not even warnings: for all ranks but the first.
  public static var silent: ProgressReporter { ProgressReporter(sink: NoConsole(), quiet: true) }

  /// Starts a phase.
  /// - Parameters:
  ///   - label: the name of the phase: "epoch 3/100".
  ///   - total: patches of the phase.
  ///   - noun: what is counted, where it is no patches.
  ///   - done: patches done before the phase began, in a resumed epoch.
  ///   - rest: the work of the run after this phase; nil where that is not known, or there is no run.
  package func begin(
    _ label: String, total: Int, noun: String = "patches", done: Int = 0, rest: RunClock.Rest? = nil
  ) {
    state.withLock { state in
      let phase = ProgressPhase(
        label: label, total: total, noun: noun, done: done, rest: rest, start: clock())
      state = State(
        phase: phase, lastShown: clock(), lastShare: phase.share, isBarVisible: state.isBarVisible)
      if sink.isTerminal { draw(&state) }
    }
  }

  /// Updates the state of the phase.
  /// - Parameters:
  ///   - done: patches done, including those before the phase began.
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

  /// Ends the phase without a line: its result is printed elsewhere, or there is none.
  package func clear() {
    state.withLock { state in
      clearBar(&state)
      state.phase = nil
    }
  }

  /// Prints a line; a bar stays below it.
  package func message(_ line: String) { message { _ in line } }

  /// Prints a text that depends on the style of the sink. The text has no line end at its end.
  package func message(_ text: (TextStyle) -> String) {
    show { $0.message(text($0), isWrapped: sink.isTerminal) }
  }

  /// Prints a line with a command. The line is never broken, so that the command can be copied.
  package func command(_ line: String) { show { $0.message(line, isWrapped: false) } }

  private func show(_ text: (TextStyle) -> String) {
    state.withLock { state in
      let hadBar = state.isBarVisible
      clearBar(&state)
      show(text(sink.style) + "\n")
      if hadBar { draw(&state) }
    }
  }

  /// Prints a warning, also when quiet.
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
    // Three columns stay free: some terminals wrap a full line, and add "^C" to the line when the run is
    // stopped.
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
