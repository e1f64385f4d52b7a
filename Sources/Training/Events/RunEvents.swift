import Basics
import Synchronization

/// Hands the events of a run to its outputs.
///
/// While a checkpoint is being written, the events for files wait in order. The thread that writes the checkpoint
/// then hands them on, so that training does not wait for files.
final class RunEvents: Sendable {
  private let observers: [any RunObserver]
  private let warn: @Sendable (String) -> Void
  private let state = Mutex(State())

  private enum Phase {
    case open
    /// A checkpoint is being written.
    case held
    /// The checkpoint could not be written, which ends the run.
    case over
  }

  private struct State {
    /// Outputs that have failed, by their place in the list.
    var leftOut: Set<Int> = []
    var phase = Phase.open
    /// Events that are handed to files once the checkpoint is written.
    var waiting: [RunEvent] = []
  }

  /// - Parameters:
  ///   - observers: the outputs, in the order in which they get an event.
  ///   - warn: called with one line for each output that fails.
  init(_ observers: [any RunObserver], warn: @escaping @Sendable (String) -> Void) {
    (self.observers, self.warn) = (observers, warn)
  }

  /// Hands an event to the outputs. Called by the thread that trains.
  func tell(_ event: RunEvent) {
    hand(event, .atOnce)
    let phase = state.withLock { state in
      if state.phase == .held { state.waiting.append(event) }
      return state.phase
    }
    if phase == .open { hand(event, .onceSaved) }
  }

  /// Holds back the events for files, because a checkpoint is going to be written.
  func hold() {
    state.withLock { state in
      precondition(state.phase == .open, "a checkpoint is written while another is, or after one that failed")
      state.phase = .held
    }
  }

  /// Hands on the event of the checkpoint, which is on disk now, and then the events that have waited for it.
  func release(_ checkpoint: RunCheckpoint) {
    hand(.checkpoint(checkpoint), .atOnce)
    hand(.checkpoint(checkpoint), .onceSaved)
    while let next = nextWaiting() { hand(next, .onceSaved) }
  }

  /// Drops the events that wait, because the checkpoint could not be written. Files get no further events: they would
  /// be ahead of the previous checkpoint.
  func drop() {
    state.withLock { ($0.phase, $0.waiting) = (.over, []) }
  }

  /// The next event that waits. When none is left it is nil, and later events no longer wait.
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
