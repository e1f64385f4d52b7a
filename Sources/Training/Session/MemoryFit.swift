import Basics
import Cluster
import Experiments
import Networks
import Presentation

/// Checks before a run starts that it fits the memory that it may use.
struct MemoryFit {
  let experiment: Experiment
  /// Height and width of the images in pixels, and of the patches as they are stored.
  let size, fileSize: PatchSize
  let device: any Device
  /// False for an evaluation alone.
  let trains: Bool
  /// Number of ranks of the run, and of its ranks on this machine.
  let ranks, ranksOnHost: Int
  /// Number of patches of the training split and of the evaluated split: no batch has more.
  let trainingPatches, evaluationPatches: Int
  /// Whether checkpoints are copied first, so that training goes on while they are written.
  var keepsCopy = true

  /// Bytes of address space for the stack of a thread, the default of most systems.
  private static let stackBytes = 8 << 20

  /// A limit of the memory that the run may use.
  private enum Limit {
    case machine(MemoryBound)
    /// What the accelerator has left.
    case accelerator(AcceleratorMemory)

    /// Bytes that the run may need.
    var bytes: Int {
      switch self {
      case .machine(let bound): bound.limit
      case .accelerator(let memory): memory.usable
      }
    }

    /// Largest relative error of an estimate. The memory of an accelerator is known to the byte.
    var tolerance: Double {
      switch self {
      case .machine: 0.05
      case .accelerator: 0
      }
    }
  }

  /// The fit without the copy for checkpoints where the run fits only so; else the fit as it is.
  func withoutCopyIfNeeded(_ bounds: [MemoryBound] = MemoryBound.current) throws -> MemoryFit {
    guard trains, RunWriter.keepsCopy(experiment.memory) else { return self }
    let limits = try limits(bounds)
    var smaller = self
    smaller.keepsCopy = false
    return try !fitsAll(limits) && smaller.fitsAll(limits) ? smaller : self
  }

  private func limits(_ bounds: [MemoryBound]) throws -> [Limit] {
    bounds.map(Limit.machine) + (try device.memory().map { [.accelerator($0)] } ?? [])
  }

  /// One line for each memory limit; empty without limits.
  /// - Throws: `InputError`: environment when the run exceeds a limit; usage for a batch of more than 2⁴⁰ pixels.
  func notes(_ bounds: [MemoryBound] = MemoryBound.current) throws -> [String] {
    try experiment.requireBoundedBatches(of: size)
    let limits = try limits(bounds)
    guard !limits.isEmpty else { return [] }
    let estimate = try estimate(experiment)
    for limit in limits where !fits(estimate, limit) { throw try refusal(estimate, limit, limits) }
    let copy =
      keepsCopy
      ? [] : ["there is no memory for a copy of the network: training waits while a checkpoint is written"]
    return limits.map { limit in
      let need = NumberText.bytes(need(estimate, limit))
      switch limit {
      case .machine(let bound):
        return "memory: \(need) at the peak\(sharing(bound)) of the \(NumberText.bytes(bound.limit)) that "
          + "\(bound.source.name) allows"
      case .accelerator(let memory):
        return "GPU memory: \(need) of the \(NumberText.bytes(memory.usable)) that are free"
      }
    } + copy
  }

  /// Bytes of memory on this machine that the ranks here leave to others.
  func spare() throws -> Int {
    let group = MemoryLimit.controlGroup() ?? .max
    let free = min(group, MemoryLimit.machine()?.available ?? .max)
    return try max(0, free - Int(1.1 * Double(estimate(experiment).total * ranksOnHost)))
  }

  private func sharing(_ bound: MemoryBound) -> String {
    bound.source == .controlGroup && ranksOnHost > 1 ? " of the \(ranksOnHost) ranks here" : ""
  }

  /// The estimate for the largest batches of an experiment on this rank.
  private func estimate(_ experiment: Experiment) throws -> MemoryEstimate {
    var largest = experiment
    let global = min(experiment.globalBatchSize(ranks: ranks), max(trainingPatches, 1))
    largest.training.batchSize = (global + ranks - 1) / ranks
    largest.evaluation.batchSize = min(experiment.evaluation.batchSize, max(evaluationPatches, 1))
    return try MemoryEstimate(
      largest, size: size, from: fileSize, training: trains, keepsCopy: keepsCopy, on: device)
  }

  /// Bytes that the run needs of the limited resource.
  private func need(_ estimate: MemoryEstimate, _ limit: Limit) -> Int {
    switch limit {
    case .accelerator: return estimate.accelerator?.total ?? 0
    case .machine(let bound):
      switch bound.source {
      case .controlGroup: return estimate.total * ranksOnHost
      case .addressSpace, .data:
        return bound.taken + estimate.total - estimate.runtime + estimate.addressSpace
          + (device.threads + experiment.data.workers) * Self.stackBytes
      }
    }
  }

  private func fits(_ estimate: MemoryEstimate, _ limit: Limit) -> Bool {
    Double(need(estimate, limit)) * (1 - limit.tolerance) <= Double(limit.bytes)
  }

  private func refusal(_ estimate: MemoryEstimate, _ limit: Limit, _ limits: [Limit]) throws -> InputError {
    var remedies: [String] = []
    if trains, experiment.memory != .low, try fitsAll(limits, { $0.memory = .low }) {
      remedies.append("use --memory low")
    }
    if let size = try largestBatch(limits) { remedies.append("use --batch-size \(size) or less") }
    let work =
      "\(trains ? "the training" : "the evaluation") takes \(NumberText.bytes(need(estimate, limit)))"
    switch limit {
    case .machine(let bound):
      return InputError(
        .environment, "memory",
        "\(work) at its peak\(sharing(bound)), but \(bound.source.name) allows \(NumberText.bytes(bound.limit))",
        remedy: (remedies + [bound.source.remedy]).joined(separator: ", or "))
    case .accelerator(let memory):
      return InputError(
        .environment, "GPU memory",
        "\(work), but of the \(NumberText.bytes(memory.total)) of \(device.model ?? device.name) "
          + "\(NumberText.bytes(memory.usable)) are free",
        remedy: (remedies + ["choose a GPU with more free memory (nvidia-smi)"]).joined(separator: ", or "))
    }
  }

  private func fitsAll(
    _ limits: [Limit], _ change: (inout Experiment) -> Void = { _ in }
  ) throws -> Bool {
    var changed = experiment
    change(&changed)
    let estimate = try estimate(changed)
    return limits.allSatisfy { fits(estimate, $0) }
  }

  /// The largest batch, for training and evaluation, that fits; nil if none does.
  private func largestBatch(_ limits: [Limit]) throws -> Int? {
    func fits(_ batch: Int) throws -> Bool {
      try fitsAll(limits) {
        $0.training.batchSize = batch
        $0.evaluation.batchSize = batch
      }
    }
    // A batch norm needs two patches. Where training.batch_size counts all ranks, each rank needs at least one patch.
    let least = trains ? max(2, experiment.training.batchScope == .global ? ranks : 2) : 1
    var (fitting, tooLarge) = (
      least, max(trains ? experiment.training.batchSize : 1, experiment.evaluation.batchSize)
    )
    guard tooLarge > fitting, try fits(fitting) else { return nil }
    while tooLarge - fitting > 1 {
      let middle = (fitting + tooLarge) / 2
      if try fits(middle) { fitting = middle } else { tooLarge = middle }
    }
    return fitting
  }
}
