import Architectures
import CPUEngine
import Networks

extension FusionNetwork {
  /// The program of a training step, see `Graph.trainingProgram`.
  package func trainingProgram(
    batch: Int, height: Int, width: Int, loss: Loss, kernels: KernelPath = .auto,
    precision: Precision = .fp32, memory: MemoryMode = .balanced
  ) -> CPUProgram {
    let (graph, objectives) = objectives(batch: batch, height: height, width: width, loss: loss)
    return graph.trainingProgram(objectives, kernels: kernels, precision: precision, memory: memory)
  }
}
