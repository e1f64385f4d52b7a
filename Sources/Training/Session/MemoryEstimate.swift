import Basics
import Experiments
import Networks

/// Peak memory of a training or an evaluation, known before it starts, in bytes: of the process in the machine's memory,
/// and of its network in the memory of an accelerator.
package struct MemoryEstimate: Equatable, Sendable {
  /// Activations, gradients of activations and memory for partial results.
  package let arena: Int
  /// Scratch space of the threads.
  package let scratch: Int
  /// Parameters, their gradients where the arena does not hold them, optimizer state and running statistics. A training
  /// that writes checkpoints adds the copy of all these that is written, and a copy of one parameter.
  package private(set) var parameters: Int
  /// Batches read ahead; with an accelerator also what is on its way there and back.
  package let batches: Int
  /// The program itself: code, libraries, graphs and lists of patches, see `Use`.
  package let runtime: Int
  /// The part of `parameters` that is the copy of the network from which checkpoints are written while training goes on.
  private var copy: Int
  /// nil where the CPU computes.
  package private(set) var accelerator: OnAccelerator?

  /// Bytes of address space that are mapped besides this memory, and hardly used.
  package let addressSpace: Int

  /// All of the machine's memory.
  package var total: Int { arena + scratch + parameters + batches + runtime }

  /// The memory that a network takes of an accelerator.
  package struct OnAccelerator: Equatable, Sendable {
    /// Activations and their gradients, images and targets.
    package let activations: Int
    /// A batch on its way.
    package let transfers: Int
    /// Workspaces of convolutions, and the numbers that steer a step.
    package let scratch: Int
    /// The copy of the network, see `withoutCopy`.
    fileprivate var copy: Int
    /// As of the machine; here with all gradients.
    package fileprivate(set) var parameters: Int

    package var total: Int { activations + transfers + scratch + parameters }
  }

  /// - Parameters:
  ///   - size: height and width of the images in pixels.
  ///   - fileSize: height and width of the patches as they are stored.
  ///   - training: false for an evaluation alone.
  ///   - device: a device with the experiment's precision.
  package init(
    _ experiment: Experiment, size: PatchSize, from fileSize: PatchSize, training: Bool = true,
    on device: any Device
  ) throws {
    let request = experiment.largestRequest(size, from: fileSize, trains: training)
    self.init(experiment, size: size, request, try device.plan(request))
  }

  /// The purpose of the memory.
  package enum Use {
    /// A training or an evaluation from files: batches are read ahead, checkpoints are written.
    case run
    /// Steps on one batch in memory.
    case benchmark

    /// Bytes that the program itself takes: the peak less the tensors. Measured on Linux (x86-64) with ResNet18 on small
    /// patches in either memory mode, with GDAL and HDF5 in use. Training took 88 to 89 MB with pictures for TensorBoard,
    /// 83 to 84 MB without, and tests 86 MB. Benchmarks took 70 MB. The number of threads made no difference.
    var runtime: Int { self == .run ? 85_000_000 : 70_000_000 }

    /// Bytes of the machine that the libraries of an accelerator are taken to need. An allowance, not a measurement.
    static let libraries = 2_000_000_000
  }

  /// - Parameter plan: the plan of a device for the request.
  package init(
    _ experiment: Experiment, size: PatchSize, _ request: NetworkRequest, _ plan: ExecutionPlan,
    use: Use = .run
  ) {
    let isOnAccelerator = plan.parts.contains { $0.place == .device }
    runtime = use.runtime + (isOnAccelerator ? Use.libraries : 0)
    addressSpace = plan.addressSpace
    arena = plan.bytes(.activations, in: .host)
    scratch = plan.bytes(.scratch, in: .host)
    // Parameters are initialised, and written to checkpoints, one after the other, each as a copy in PyTorch's layout.
    let copies = use == .benchmark || !request.training.isEmpty
    let largest = copies ? 4 * (request.parameters.map(\.count).max() ?? 0) : 0
    func numbers(_ place: ExecutionPlan.Place) -> Int {
      plan.bytes(.parameters, .statistics, .gradients, .optimizerState, .snapshot, in: place)
    }
    parameters = numbers(.host) + largest
    copy = plan.bytes(.snapshot, in: .host)
    accelerator =
      isOnAccelerator
      ? OnAccelerator(
        activations: plan.bytes(.activations, in: .device),
        transfers: plan.bytes(.transfers, in: .device), scratch: plan.bytes(.scratch, in: .device),
        copy: plan.bytes(.snapshot, in: .device), parameters: numbers(.device)) : nil
    let batch = max(request.inference.keys.max() ?? 0, request.training.keys.max() ?? 0)
    precondition(batch > 0, "without a program there is nothing to estimate")
    // An accelerator takes images as files hold them; the CPU takes floats.
    let stored = request.storedImages.values.reduce(0) { $0 + $1.gridBytes.reduce(0, +) }
    let floats = 4 * size.pixels * experiment.inputs.reduce(0) { $0 + $1.bandCount }
    let image = isOnAccelerator && stored > 0 ? stored : floats
    batches =
      batch * image * (use == .run ? experiment.data.prefetch + 1 : 1) + plan.bytes(.transfers, in: .host)
  }
}

extension MemoryEstimate {
  /// The memory of a training that waits while a checkpoint is written, and so needs no copy of the network.
  var withoutCopy: MemoryEstimate {
    var other = self
    other.parameters -= copy
    other.copy = 0
    if let accelerator {
      other.accelerator!.parameters -= accelerator.copy
      other.accelerator!.copy = 0
    }
    return other
  }

  /// Bytes of a checkpoint: parameters, running statistics and the state of the optimizer.
  static func checkpointBytes(parameters: Int, statistics: Int, _ rule: OptimizerRule) -> Int {
    4 * (parameters + statistics) + rule.stateBytes(count: parameters)
  }
}

extension Experiment {
  /// Largest number of pixels of a batch; with more, counts of bytes would exceed 64 bits.
  private static let pixelLimit = 1 << 40

  /// Checks that the network takes images of this size, and that the batches have at most 2⁴⁰ pixels.
  /// - Throws: `InputError` (usage).
  func requireBoundedBatches(of size: PatchSize) throws {
    if let (problem, remedy) = model.sizeProblem(size) {
      throw InputError(.usage, "data.patch_size", problem, remedy: remedy)
    }
    let largest = max(training.batchSize, evaluation.batchSize)
    guard largest <= Self.pixelLimit / size.pixels else {
      throw InputError(
        .usage, "training.batch_size",
        "batches of \(largest) patches of \(size) pixels are too large",
        remedy: "choose a smaller batch or smaller patches")
    }
  }
}
