import Networks

extension Graph {
  /// The program of a training step, for a graph without derivatives: see `step(minimising:memory:lower:bytes:)`.
  ///
  /// - Parameters:
  ///   - kernels: kernel path; the processor must have it.
  ///   - precision: precision of the products; the kernel path must have it (`Precision.require`).
  ///   - memory: in mode `low`, the program also updates each parameter as soon as its gradient is ready.
  package func trainingProgram(
    _ objectives: [Objective], kernels: KernelPath = .auto, precision: Precision = .fp32,
    memory: MemoryMode = .balanced
  ) -> CPUProgram {
    step(
      minimising: objectives, memory: memory,
      lower: {
        $0.loweredForCPU(
          .training, kernels: kernels, precision: precision, updatesParameters: memory == .low)
      }, bytes: \.plan.bytes)
  }
}
