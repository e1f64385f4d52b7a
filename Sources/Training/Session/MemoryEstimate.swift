import Basics
import Experiments
import Networks

/// Peak memory of a training or an evaluation, known before it starts, in bytes.
package struct MemoryEstimate: Equatable, Sendable {
  /// Activations, gradients of activations and room for partial results.
  package let arena: Int
  /// Scratch space of the threads.
  package let scratch: Int
  /// Parameters, their gradients where the arena does not hold them, optimizer state and running statistics. Besides them
  /// the copy of all that a checkpoint is written from while training goes on, and a copy of the largest parameter.
  package let parameters: Int
  /// Batches read ahead.
  package let batches: Int
  /// The program itself: code, libraries, graphs and lists of patches, see `Use`.
  package let runtime: Int

  /// Addresses that are mapped beside that memory, and hardly used.
  package let addressSpace: Int

  package var total: Int { arena + scratch + parameters + batches + runtime }

  /// - Parameters:
  ///   - size: height and width of the images in pixels.
  ///   - training: false for an evaluation alone.
  ///   - device: one that has the experiment's precision.
  package init(_ experiment: Experiment, size: PatchSize, training: Bool = true, on device: any Device) {
    let request = experiment.largestRequest(size, trains: training)
    self.init(experiment, size: size, request, device.plan(request))
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

  /// - Parameter plan: of the request, of a device.
  package init(
    _ experiment: Experiment, size: PatchSize, _ request: NetworkRequest, _ plan: ExecutionPlan,
    use: Use = .run
  ) {
    runtime = use.runtime
    addressSpace = plan.addressSpace
    arena = plan.bytes(.activations)
    scratch = plan.bytes(.scratch)
    // Parameters are initialised, and written to checkpoints, one after the other, each as a copy in PyTorch's layout.
    let copies = use == .benchmark || !request.training.isEmpty
    let copy = copies ? 4 * (request.parameters.map(\.count).max() ?? 0) : 0
    parameters =
      plan.bytes(.parameters, .statistics, .gradients, .optimizerState, .snapshot) + copy
    let batch = max(request.inference.keys.max() ?? 0, request.training.keys.max() ?? 0)
    precondition(batch > 0, "without a program there is nothing to estimate")
    let bands = experiment.inputs.reduce(0) { $0 + $1.bandCount }
    batches = 4 * batch * size.pixels * bands * (use == .run ? experiment.data.prefetch + 1 : 1)
  }
}

extension MemoryEstimate {
  /// Bytes of a checkpoint: parameters, running statistics and the state of the optimizer.
  static func checkpointBytes(parameters: Int, statistics: Int, _ rule: OptimizerRule) -> Int {
    4 * (parameters + statistics) + rule.stateBytes(count: parameters)
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
}
