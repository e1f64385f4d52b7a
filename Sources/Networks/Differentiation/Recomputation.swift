/// Which values a training step computes again for its backward pass instead of keeping them.
///
/// In a chain of residual blocks the result of every `blocks`-th block is kept. So is the output of each convolution with
/// more than `operationsPerByte`. Other values that derivatives read are computed again from these. Both numbers trade
/// memory for arithmetic and change no result.
package struct Recomputation: Hashable, Sendable {
  /// Number of blocks from one kept result to the next.
  package let blocks: Int
  /// The largest number of floating-point operations that may be spent to save a byte.
  package let operationsPerByte: Double

  package init(blocks: Int, operationsPerByte: Double) {
    precondition(blocks > 0, "a chain of blocks is cut into pieces of at least one")
    self.blocks = blocks
    self.operationsPerByte = operationsPerByte
  }
}

extension Graph {
  /// Floating-point operations for each byte of a convolution's or linear layer's output; nil for other values, whose
  /// arithmetic does not decide.
  package func operationsPerByte(_ value: Value) -> Double? {
    switch value.operation.rules.repetition {
    case .byArithmetic:
      Double(arithmetic(of: value)) / Double(value.shape.count * MemoryLayout<Float>.stride)
    case .never, .cheap: nil
    }
  }

  /// For each value of a graph without derivatives, whether it stays in memory until its derivative is computed.
  func kept(by recomputation: Recomputation, for objectives: [Objective]) -> [Bool] {
    var kept = values.map { value in
      switch value.operation.rules.repetition {
      case .never: true
      case .cheap: false
      case .byArithmetic: operationsPerByte(value)! > recomputation.operationsPerByte
      }
    }
    let groups = residualChains.flatMap { chain in
      stride(from: 0, to: chain.count, by: recomputation.blocks).map { first in
        let last = min(first + recomputation.blocks, chain.count) - 1
        return chain[first].lowerBound...chain[last].upperBound
      }
    }
    for group in groups { kept[group.upperBound] = true }
    // A bias is added to the output of its convolution in place, so both have one type.
    for value in values {
      if case .bias = value.operation { kept[value.inputs[0].index] = true }
    }
    // The blocks nearest to a loss would be computed again at once, which saves nothing.
    for objective in objectives {
      guard let nearest = groups.last(where: { $0.upperBound < objective.logits.index }) else { continue }
      for index in nearest { kept[index] = true }
    }
    return kept
  }

  /// The residual blocks, in chains of blocks that follow each other directly.
  ///
  /// A block is a closed run of values with more than one convolution, and the ReLU of its result.
  private var residualChains: [[ClosedRange<Int>]] {
    var chains: [[ClosedRange<Int>]] = []
    for run in closedRuns {
      let convolutions = values[run].count { operationsPerByte($0) != nil }
      guard convolutions > 1 else { continue }
      let next = run.upperBound + 1
      let isRectified =
        next < values.count && values[next].operation == .relu
        && values[next].inputs == [ValueID(index: run.upperBound)]
      let block = run.lowerBound...(isRectified ? next : run.upperBound)
      if let last = chains.last?.last, last.upperBound + 1 == block.lowerBound {
        chains[chains.count - 1].append(block)
      } else {
        chains.append([block])
      }
    }
    return chains
  }

  /// The shortest runs of values that only pass on their last value. Later values read no other value of the run, and none
  /// from before it that the run reads, except inputs of the graph.
  private var closedRuns: [ClosedRange<Int>] {
    var lastReader = [Int](repeating: 0, count: values.count)
    for (index, value) in values.enumerated() {
      for input in value.inputs { lastReader[input.index] = index }
    }
    var runs: [ClosedRange<Int>] = []
    var first = 0
    while first < values.count {
      var last = first
      var end = first
      while true {
        for input in values[last].inputs where input.index < first {
          if case .input = self[input].operation { continue }
          end = max(end, lastReader[input.index])
        }
        if last >= end { break }
        end = max(end, lastReader[last])
        last += 1
      }
      runs.append(first...last)
      first = last + 1
    }
    return runs
  }
}
