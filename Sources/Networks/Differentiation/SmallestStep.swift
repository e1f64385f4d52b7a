extension Graph {
  /// The program of a training step, for a graph without derivatives.
  ///
  /// In memory mode `low`, values may be computed again instead of being kept. Several ways to do so are lowered; ways
  /// with more extra arithmetic than `MemoryMode.extraArithmetic` are skipped. The program with the smallest memory is
  /// returned. All programs give the same bits.
  ///
  /// - Parameters:
  ///   - memory: whether values may be computed again.
  ///   - lower: a device's program of a training graph.
  ///   - bytes: the memory for activations that a program needs.
  package func step<Program>(
    minimising objectives: [Objective], memory: MemoryMode, lower: (Graph) -> Program,
    bytes: (Program) -> Int
  ) -> Program {
    let plain = differentiated(objectives)
    var best = lower(plain)
    switch memory {
    case .balanced: return best
    case .low: break
    }
    let most = Int(Double(plain.stepFLOPs) * (1 + MemoryMode.extraArithmetic))
    for level in [0] + Set(values.compactMap(operationsPerByte)).sorted() {
      for blocks in 1...4 {
        let graph = differentiated(
          objectives, recomputing: Recomputation(blocks: blocks, operationsPerByte: level))
        guard graph.stepFLOPs <= most else { continue }
        let program = lower(graph)
        if bytes(program) < bytes(best) { best = program }
      }
    }
    return best
  }

  /// Floating-point operations of all convolutions and their derivatives.
  private var stepFLOPs: Int { trainingFLOPs.values.reduce(0, +) }
}
