/// Runs a program on texts. It keeps its memory from text to text and belongs to one thread.
final class ExpressionMatcher {
  private let program: ExpressionProgram
  /// A bit for each join and position.
  private var visited: UnsafeMutableBufferPointer<UInt64>
  private var stack: ExpressionRun.Stack

  init(_ program: ExpressionProgram) {
    self.program = program
    visited = .allocate(capacity: 64)
    stack = .allocate(capacity: 64)
  }

  deinit {
    visited.deallocate()
    stack.deallocate()
  }

  /// Whether the program matches the bytes from `from` to the end.
  /// - Parameter slots: two places for each field: its beginning and its end in `text`. Fields of the program are set;
  ///   others are read.
  func matches(
    _ text: UnsafeBufferPointer<UInt8>, from: Int, slots: UnsafeMutablePointer<Int32>
  ) -> Bool {
    let words = (program.joinCount * (text.count - from + 1) + 63) / 64
    if words > visited.count {
      visited.deallocate()
      visited = .allocate(capacity: 2 * words)
    }
    for word in 0..<words { visited[word] = 0 }
    return program.steps.withUnsafeBufferPointer { steps in
      program.words.withUnsafeBufferPointer { words in
        program.ranges.withUnsafeBufferPointer { ranges in
          // The memory is a local value while the program runs: accesses to properties of a class are checked each time.
          let input = ExpressionInput(
            steps: steps.baseAddress!, words: words.baseAddress, ranges: ranges, text: text, from: from,
            slots: slots, visited: visited.baseAddress!)
          var run = ExpressionRun(input: input, stack: stack)
          defer { stack = run.stack }
          return run.matches(from: program.start)
        }
      }
    }
  }
}
