import Networks

extension Graph {
  /// The program of a training step, for a graph without derivatives.
  ///
  /// In memory mode `low`, values may be computed again instead of being kept. Several ways to do so are planned;
  /// ways with more extra arithmetic than `MemoryMode.extraArithmetic` are skipped. The program with the smallest
  /// arena is returned.
  ///
  /// - Parameters:
  ///   - kernels: kernel path; the processor must have it.
  ///   - precision: precision of the products; the kernel path must have it (`Precision.require`).
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
