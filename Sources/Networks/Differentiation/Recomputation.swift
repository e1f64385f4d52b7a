/// Which values a training step computes again for its backward pass instead of keeping them.
///
/// The result of every `blocks`-th residual block of a chain is kept. So is the output of each convolution or
/// linear layer that takes more than `operationsPerByte`. Everything else that the derivatives read is
/// computed again from these. Both numbers trade memory for arithmetic and change no result.
///
/// Example: with `blocks` = 2, a chain of five blocks keeps the results of blocks 2, 4 and 5.
package struct Recomputation: Hashable, Sendable {
  /// Number of blocks from one kept result to the next.
  package let blocks: Int
  /// The most floating-point operations that are spent to save one byte.
  package let operationsPerByte: Double

  package init(blocks: Int, operationsPerByte: Double) {
    precondition(blocks > 0, "a chain of blocks is cut into pieces of at least one")
    self.blocks = blocks
    self.operationsPerByte = operationsPerByte
  }
}

extension Graph {
  /// Floating-point operations for each byte of the output of a convolution or linear layer; nil for other
  /// operations.
  package func operationsPerByte(_ value: Value) -> Double? {
    switch value.operation.rules.repetition {
    case .byArithmetic:
      Double(arithmetic(of: value)) / Double(value.shape.count * MemoryLayout<Float>.stride)
    case .never, .cheap: nil
    }
  }

  /// For each value of a forward graph, whether it stays in memory until its derivative is computed.
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
    // The blocks nearest to a loss are kept: they would be computed again at once, which saves no memory.
    for objective in objectives {
      guard let nearest = groups.last(where: { $0.upperBound < objective.logits.index }) else { continue }
      for index in nearest { kept[index] = true }
    }
    return kept
  }

  /// The residual blocks. Blocks that follow each other directly form one chain.
  ///
  /// A block is a closed run of values with more than one convolution or linear layer, and the ReLU of its
  /// result.
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

  /// The shortest closed runs of values. Only the last value of a closed run is read after the run. Values
  /// from before the run that the run reads are not read after it either, inputs of the graph excepted.
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
