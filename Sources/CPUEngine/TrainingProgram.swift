import Networks

extension Graph {
  /// The program of a training step of a graph without derivatives.
  ///
  /// Where memory is to be low, every way to compute values again that keeps within
  /// `MemoryMode.extraArithmetic` is planned, and that with the smallest arena is taken.
  ///
  /// - Parameters:
  ///   - kernels: a path that the processor has.
  ///   - precision: one that the path has.
  package func trainingProgram(
    _ objectives: [Objective], kernels: KernelPath = .auto, precision: Precision = .fp32,
    memory: MemoryMode = .balanced
  ) -> CPUProgram {
    let plain = differentiated(objectives)
    guard memory == .low else {
      return plain.loweredForCPU(.training, kernels: kernels, precision: precision)
    }
    var best = plain.loweredForCPU(.training, kernels: kernels, precision: precision, updatesParameters: true)
    let most = Int(Double(plain.stepFLOPs) * (1 + MemoryMode.extraArithmetic))
    for level in [0] + Set(values.compactMap(operationsPerByte)).sorted() {
      for blocks in 1...4 {
        let graph = differentiated(
          objectives, recomputing: Recomputation(blocks: blocks, operationsPerByte: level))
        guard graph.stepFLOPs <= most else { continue }
        let program = graph.loweredForCPU(
          .training, kernels: kernels, precision: precision, updatesParameters: true)
        if program.arenaCount < best.arenaCount { best = program }
      }
    }
    return best
  }

  /// Floating-point operations of all convolutions and their derivatives.
  private var stepFLOPs: Int { trainingFLOPs.values.reduce(0, +) }
}
