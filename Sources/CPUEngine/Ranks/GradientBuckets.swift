import Networks

/// The gradients of a store in the ranges that are summed over the ranks together, in the order in which the
/// backward pass finishes them.
///
/// The ranges follow from the graph alone, so that all ranks have the same ones, whatever the batches of their
/// programs.
struct GradientBuckets: Sendable {
  struct Bucket: Equatable, Sendable {
    /// Floats of the store's gradients: whole parameters with the gaps behind them.
    var range: Range<Int>
    /// The last instruction that sets a gradient in the range; -1 if none does.
    var ready: Int
  }

  let buckets: [Bucket]

  /// - Parameter bytes: of a bucket at least, where the parameters reach for that.
  init(_ program: CPUProgram, _ store: ParameterStore, bytes: Int) {
    let ready = Self.ready(program)
    // The backward pass begins with the last parameters, so what remains for a small bucket is at the front,
    // and is finished last.
    var buckets: [Bucket] = []
    var end = store.count
    var last = -1
    for index in store.parameters.indices.reversed() {
      last = max(last, ready[index])
      let begin = store.offset(ParameterID(index: index))
      guard (end - begin) * MemoryLayout<Float>.stride >= bytes || index == 0 else { continue }
      buckets.append(Bucket(range: begin..<end, ready: last))
      (end, last) = (begin, -1)
    }
    self.buckets = buckets.sorted {
      ($0.ready, $1.range.lowerBound) < ($1.ready, $0.range.lowerBound)
    }
  }

  /// The last instruction that sets the gradient of each parameter; -1 if none does.
  private static func ready(_ program: CPUProgram) -> [Int] {
    var ready = [Int](repeating: -1, count: program.graph.parameters.count)
    for (index, origin) in program.origins.enumerated() where origin < program.graph.values.count {
      for parameter in program.graph.values[origin].operation.parametersLearnt {
        ready[parameter.index] = index
      }
    }
    return ready
  }
}
