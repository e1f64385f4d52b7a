import CCUDA

/// Measures by the clock of the GPU how long it has nothing to do before each step.
final class StepClock {
  /// Marks of three steps: the one whose time is asked for, the one before it, and the next one, which is queued by then.
  private let marks: [(begin: CUDAEvent, end: CUDAEvent)]
  /// Steps since the last pause, the one that was begun last included.
  private var count = 0

  init(on context: CUDAContext) throws {
    marks = try (0..<3).map { _ in
      (try CUDAEvent(on: context, hasTimes: true), try CUDAEvent(on: context, hasTimes: true))
    }
  }

  /// The next step follows no other.
  func pause() { count = 0 }

  /// Marks where a step begins: its batch is there.
  func begin(in stream: CUDAStream) throws {
    count += 1
    try marks[count % 3].begin.record(in: stream)
  }

  /// Marks the end of the step that was begun last.
  func end(in stream: CUDAStream) throws { try marks[count % 3].end.record(in: stream) }

  /// Seconds without work before a step that is done.
  /// - Parameter later: number of steps that were begun after it: 0 or 1.
  /// - Returns: nil if the step follows no other.
  func idleSeconds(later: Int) throws -> Double? {
    let step = count - later
    guard step > 1 else { return nil }
    return try marks[step % 3].begin.seconds(since: marks[(step - 1) % 3].end)
  }
}
