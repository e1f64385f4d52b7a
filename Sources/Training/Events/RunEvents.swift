import Basics
import Synchronization

/// Hands the events of a run to its outputs.
///
/// While a checkpoint is being written the events for files wait for it, in order. The thread that writes hands them on
/// then, so that training does not wait for files.
final class RunEvents: Sendable {
  private let observers: [any RunObserver]
  private let warn: @Sendable (String) -> Void
  private let state = Mutex(State())

  private enum Phase {
    case open
    /// A checkpoint is being written.
    case held
    /// It could not be written, which ends the run.
    case over
  }

  private struct State {
    /// Outputs that have failed, by their place in the list.
    var leftOut: Set<Int> = []
    var phase = Phase.open
    /// What is told to files when the checkpoint is written.
    var waiting: [RunEvent] = []
  }

  /// - Parameters:
  ///   - observers: in the order in which they are told.
  ///   - warn: told of each output that fails, in one line.
  init(_ observers: [any RunObserver], warn: @escaping @Sendable (String) -> Void) {
    (self.observers, self.warn) = (observers, warn)
  }

  /// Tells what has happened. Called by the thread that trains.
  func tell(_ event: RunEvent) {
    hand(event, .atOnce)
    let phase = state.withLock { state in
      if state.phase == .held { state.waiting.append(event) }
      return state.phase
    }
    if phase == .open { hand(event, .onceSaved) }
  }

  /// A checkpoint is going to be written.
  func hold() {
    state.withLock { state in
      precondition(state.phase == .open, "a checkpoint is written while another is, or after one that failed")
      state.phase = .held
    }
  }

  /// The checkpoint is on disk: tells of it, and then what has waited for it.
  func release(_ checkpoint: RunCheckpoint) {
    hand(.checkpoint(checkpoint), .atOnce)
    hand(.checkpoint(checkpoint), .onceSaved)
    while let next = nextWaiting() { hand(next, .onceSaved) }
  }

  /// The checkpoint could not be written. Files are told nothing more: they would be ahead of the checkpoint before.
  func drop() {
    state.withLock { ($0.phase, $0.waiting) = (.over, []) }
  }

  /// nil, and nothing waits from now on, when all is told.
  private func nextWaiting() -> RunEvent? {
    state.withLock { state in
      guard state.waiting.isEmpty else { return state.waiting.removeFirst() }
      state.phase = .open
      return nil
    }
  }

  private func hand(_ event: RunEvent, _ delivery: RunDelivery) {
    for (place, observer) in observers.enumerated() where observer.delivery == delivery {
      guard !state.withLock({ $0.leftOut.contains(place) }) else { continue }
      do {
        try observer.observe(event)
      } catch {
        state.withLock { _ = $0.leftOut.insert(place) }
        let reason =
          (error as? InputError).map { "\($0.subject): \($0.problem)" } ?? "\(observer.name): \(error)"
        warn("\(reason); the run goes on without \(observer.name)")
      }
    }
  }
}
