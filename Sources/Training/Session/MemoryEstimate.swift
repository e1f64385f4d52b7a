import Basics
import CPUEngine
import Experiments
import Networks

/// Peak memory of a training or an evaluation, known before it starts, in bytes.
package struct MemoryEstimate: Equatable, Sendable {
  /// Activations, gradients of activations and room for partial results.
  package let arena: Int
  /// Scratch space of the threads.
  package let scratch: Int
  /// Parameters, their gradients where the arena does not hold them, optimizer state, running statistics, and
  /// for checkpoints the copy of them that is written while training goes on, and that of one parameter.
  package let parameters: Int
  /// Batches read ahead.
  package let batches: Int
  /// The program itself: code, libraries, graphs and lists of patches, see `Use`.
  package let runtime: Int

  package var total: Int { arena + scratch + parameters + batches + runtime }

  /// - Parameters:
  ///   - size: height and width of the images in pixels.
  ///   - training: false for an evaluation alone.
  ///   - kernels: a path that the processor has, and that has the experiment's precision.
  package init(
    _ experiment: Experiment, size: PatchSize, threads: Int, training: Bool = true,
    kernels: KernelPath = .auto
  ) {
    let inference = experiment.inferenceProgram(size, kernels)
    self.init(
      experiment, size: size, threads: threads, inference: inference,
      training: training ? experiment.trainingProgram(size, kernels) : nil)
  }

  /// What the memory is for.
  package enum Use {
    /// A training or an evaluation from files: batches are read ahead, checkpoints are written.
    case run
    /// Steps on one batch in memory.
    case benchmark

    /// Measured on Linux (x86-64) as the peak of ResNet18, 50 and 101 on small patches in either memory mode,
    /// less their tensors: 62 to 69 MB in training and 70 to 76 MB in tests, which have GDAL and HDF5 in use,
    /// and 58 to 60 MB in benchmarks, however many threads.
    var runtime: Int { self == .run ? 72_000_000 : 59_000_000 }
  }

  /// - Parameters:
  ///   - inference, training: the programs that will run; nil for what will not.
  package init(
    _ experiment: Experiment, size: PatchSize, threads: Int, inference: CPUProgram?, training: CPUProgram?,
    use: Use = .run
  ) {
    runtime = use.runtime
    let programs = [inference, training].compactMap { $0 }
    precondition(!programs.isEmpty, "without a program there is nothing to estimate")
    let arena = 4 * programs.map(\.arenaCount).max()!
    self.arena = arena
    scratch = CPUWorkspace.bytes(for: programs, threads: threads) - arena
    let graph = programs[0].graph
    let count = graph.parameterCount
    var parameters = 4 * (count + graph.statistics.reduce(0) { $0 + $1.count })
    if let training {
      parameters += Optimizer.stateBytes(experiment.optimizerRule, count: count)
      if use == .run {
        if RunWriter.keepsCopy(experiment.memory) { parameters *= 2 }
        parameters += 4 * (graph.parameters.map(\.count).max() ?? 0)
      }
      if !training.updatesParameters { parameters += 4 * count }
    }
    self.parameters = parameters
    let batch = max(
      inference == nil ? 0 : experiment.evaluation.batchSize,
      training == nil ? 0 : experiment.training.batchSize)
    let bands = experiment.inputs.reduce(0) { $0 + $1.bandCount }
    batches = 4 * batch * size.pixels * bands * (use == .run ? experiment.data.prefetch + 1 : 1)
  }
}

extension MemoryEstimate {
  /// Bytes of a checkpoint: parameters, running statistics and the state of the optimizer.
  static func checkpointBytes(parameters: Int, statistics: Int, _ rule: OptimizerRule) -> Int {
    4 * (parameters + statistics) + Optimizer.stateBytes(rule, count: parameters)
  }
}

extension Experiment {
  /// The most pixels of a batch that are planned for; beyond it, counts of bytes would leave 64 bits.
  private static let pixelLimit = 1 << 40

  /// Checks that sizes of batches can be computed with.
  /// - Throws: `InputError` (usage).
  func requireBoundedBatches(of size: PatchSize) throws {
    let largest = max(training.batchSize, evaluation.batchSize)
    guard largest <= Self.pixelLimit / size.pixels else {
      throw InputError(
        .usage, "training.batch_size",
        "batches of \(largest) patches of \(size) pixels are too large",
        remedy: "choose a smaller batch or smaller patches")
    }
  }

  /// The program of an evaluation batch.
  package func inferenceProgram(_ size: PatchSize, _ kernels: KernelPath) -> CPUProgram {
    network.graph(batch: evaluation.batchSize, height: size.height, width: size.width)
      .loweredForCPU(.inference, kernels: kernels, precision: precision)
  }

  /// The program of a training step.
  package func trainingProgram(_ size: PatchSize, _ kernels: KernelPath) -> CPUProgram {
    network.trainingProgram(
      batch: training.batchSize, height: size.height, width: size.width, loss: loss, kernels: kernels,
      precision: precision, memory: memory)
  }
}
