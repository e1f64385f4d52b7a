import Networks
import SEN12MS
import Tensors

/// Peak memory of a training or an evaluation, known before it starts, in bytes.
public struct MemoryEstimate: Equatable, Sendable {
  /// Activations, gradients of activations and room for partial results.
  public let arena: Int
  /// Scratch space of the threads.
  public let scratch: Int
  /// Parameters, their gradients, optimizer state and running statistics.
  public let parameters: Int
  /// Batches read ahead.
  public let batches: Int
  /// The program itself: code, libraries (GDAL, HDF5, OpenBLAS with its buffers), lists of patches.
  public static let runtime = 90 << 20

  public var total: Int { arena + scratch + parameters + batches + Self.runtime }

  /// - Parameters:
  ///   - size: height and width of the images in pixels.
  ///   - training: false for an evaluation alone.
  public init(_ experiment: Experiment, size: PatchSize, threads: Int, training: Bool = true) {
    let network = experiment.network
    let batch = training ? experiment.training.batchSize : experiment.evaluation.batchSize
    let inference = network.graph(
      batch: experiment.evaluation.batchSize, height: size.height, width: size.width
    ).loweredForCPU(.inference)
    var programs = [inference]
    if training {
      programs.append(
        network.trainingGraph(batch: batch, height: size.height, width: size.width, loss: experiment.loss)
          .loweredForCPU(.training))
    }
    arena = 4 * programs.map(\.arenaCount).max()!
    scratch = CPUWorkspace.bytes(for: programs, threads: threads) - arena
    let count = inference.graph.parameterCount
    parameters = 4 * count * (training ? 2 : 1) + (training ? Networks.Optimizer.stateBytes(experiment.optimizerRule, count: count) : 0)
    let bands = experiment.inputs.reduce(0) { $0 + $1.bandCount }
    batches = 4 * batch * size.pixels * bands * (experiment.data.prefetch + 1)
  }
}
