import Basics

/// The work of one program between the copies. It is queued call by call the first time, which loads what libraries load
/// late; then it is captured as a CUDA graph, and from then on launched by one call.
///
/// One graph serves every step of a program. What differs from step to step lies outside of it and has a fixed address:
/// numbers, images and targets are brought there before the launch, and results are fetched after it. So it does not
/// matter which slot a batch came through.
final class StepGraph {
  private enum State {
    case new, loaded, refused
    case captured(CapturedGraph)
  }

  private var state = State.new

  /// Queues the work.
  /// - Parameter work: queues each call of the work; the same calls every time.
  /// - Returns: the reason, in the run that finds that the work cannot be captured; else nil.
  /// - Throws: what `work` throws when it is not captured.
  func run(in stream: CUDAStream, _ work: () throws -> Void) throws -> String? {
    switch state {
    case .new:
      try work()
      state = .loaded
    case .refused: try work()
    case .captured(let graph): try graph.launch(in: stream)
    case .loaded:
      let graph: CapturedGraph
      do {
        graph = try stream.capture(work)
      } catch let error as InputError where error.kind != .lostDevice {
        state = .refused
        try work()
        return error.problem
      }
      state = .captured(graph)
      try graph.launch(in: stream)
    }
    return nil
  }
}
