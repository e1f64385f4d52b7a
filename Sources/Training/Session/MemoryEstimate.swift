import Networks
import SEN12MS
import Tensors

/// Peak memory of a training or an evaluation, known before it starts, in bytes.
public struct MemoryEstimate: Equatable, Sendable {
  /// Activations, gradients of activations and room for partial results.
  public let arena: Int
  /// Scratch space of the threads.
  public let scratch: Int
  /// Parameters, their gradients where the arena does not hold them, optimizer state, running statistics, and
  /// the copy of one parameter on its way to a checkpoint.
  public let parameters: Int
  /// Batches read ahead.
  public let batches: Int
  /// The program itself: code, libraries (GDAL, HDF5, OpenBLAS with its buffers), graphs and lists of patches.
  /// Measured on Linux (x86-64) as the peak of trainings and tests of ResNet18 and ResNet101 on small
  /// patches, less their tensors: 64 to 80 MB, however many threads.
  public static let runtime = 72_000_000

  public var total: Int { arena + scratch + parameters + batches + Self.runtime }

  /// - Parameters:
  ///   - size: height and width of the images in pixels.
  ///   - training: false for an evaluation alone.
  ///   - kernels: a path that the processor has, and that has the experiment's precision.
  public init(
    _ experiment: Experiment, size: PatchSize, threads: Int, training: Bool = true,
    kernels: KernelPath = .auto
  ) {
    let inference = experiment.inferenceProgram(size, kernels)
    self.init(
      experiment, size: size, threads: threads, inference: inference,
      training: training ? experiment.trainingProgram(size, kernels) : nil)
  }

  /// - Parameter training: nil for an evaluation alone.
  init(
    _ experiment: Experiment, size: PatchSize, threads: Int, inference: CPUProgram, training: CPUProgram?
  ) {
    let programs = [inference] + (training.map { [$0] } ?? [])
    let arena = 4 * programs.map(\.arenaCount).max()!
    self.arena = arena
    scratch = CPUWorkspace.bytes(for: programs, threads: threads) - arena
    let graph = inference.graph
    let count = graph.parameterCount
    var parameters = 4 * (count + graph.statistics.reduce(0) { $0 + $1.count })
    if let training {
      if !training.updatesParameters { parameters += 4 * count }
      parameters += 4 * (graph.parameters.map(\.count).max() ?? 0)
      parameters += Optimizer.stateBytes(experiment.optimizerRule, count: count)
    }
    self.parameters = parameters
    let batch = max(experiment.evaluation.batchSize, training == nil ? 0 : experiment.training.batchSize)
    let bands = experiment.inputs.reduce(0) { $0 + $1.bandCount }
    batches = 4 * batch * size.pixels * bands * (experiment.data.prefetch + 1)
  }
}

extension Experiment {
  /// The program of an evaluation batch.
  func inferenceProgram(_ size: PatchSize, _ kernels: KernelPath) -> CPUProgram {
    network.graph(batch: evaluation.batchSize, height: size.height, width: size.width)
      .loweredForCPU(.inference, kernels: kernels, precision: precision)
  }

  /// The program of a training step.
  func trainingProgram(_ size: PatchSize, _ kernels: KernelPath) -> CPUProgram {
    network.trainingProgram(
      batch: training.batchSize, height: size.height, width: size.width, loss: loss, kernels: kernels,
      precision: precision, memory: memory)
  }
}
