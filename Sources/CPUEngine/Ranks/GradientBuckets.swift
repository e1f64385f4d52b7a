import Networks

/// A partition of a store's gradients into buckets, each summed over the ranks in one go. Buckets are in the order
/// in which the backward pass finishes them.
///
/// The buckets depend on the graph's parameters alone, so all ranks have the same ones, whatever their batch sizes.
struct GradientBuckets: Sendable {
  struct Bucket: Equatable, Sendable {
    /// Range of floats in the store's gradients: whole parameters with the gaps behind them.
    var range: Range<Int>
    /// Index of the last instruction that sets a gradient in the range; -1 if none does.
    var ready: Int
  }

  let buckets: [Bucket]

  /// - Parameter bytes: least size of a bucket; the bucket at the front may be smaller.
  init(_ program: CPUProgram, _ store: ParameterStore, bytes: Int) {
    let ready = Self.ready(program)
    // The backward pass begins with the last parameters, so the buckets are filled from the back. What is left for
    // the front may make a small bucket, which is finished last.
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
    // Nothing is summed where all parameters are frozen.
    self.buckets = buckets.filter { $0.ready >= 0 }.sorted {
      ($0.ready, $1.range.lowerBound) < ($1.ready, $0.range.lowerBound)
    }
  }

  /// Index of the last instruction that sets each parameter's gradient; -1 if none does.
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
