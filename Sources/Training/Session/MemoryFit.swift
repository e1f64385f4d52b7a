import Basics
import Cluster
import Experiments
import Networks
import Presentation

/// Checks before a run starts that it fits the memory that it may use.
struct MemoryFit {
  let experiment: Experiment
  /// Height and width of the images in pixels.
  let size: PatchSize
  let device: any Device
  /// False for an evaluation alone.
  let trains: Bool
  /// Number of ranks of the run, and of its ranks on this machine.
  let ranks, ranksOnHost: Int
  /// Number of patches of the training split and of the evaluated split: no batch has more.
  let trainingPatches, evaluationPatches: Int

  /// Largest relative error of an estimate.
  private static let tolerance = 0.05
  /// Bytes of address space for the stack of a thread, the default of most systems.
  private static let stackBytes = 8 << 20

  /// One line for each memory limit; empty without limits.
  /// - Throws: `InputError`: environment when the run exceeds a limit; usage for a batch of more than 2⁴⁰ pixels.
  func notes(_ bounds: [MemoryBound] = MemoryBound.current) throws -> [String] {
    try experiment.requireBoundedBatches(of: size)
    guard !bounds.isEmpty else { return [] }
    let estimate = try estimate(experiment)
    for bound in bounds where !fits(estimate, bound) { throw try refusal(estimate, bound, bounds) }
    return bounds.map { bound in
      "memory: \(NumberText.bytes(need(estimate, bound))) at the peak\(sharing(bound)) of the "
        + "\(NumberText.bytes(bound.limit)) that \(bound.source.name) allows"
    }
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
    return try MemoryEstimate(largest, size: size, training: trains, on: device)
  }

  /// Bytes that the run needs of the limited resource.
  private func need(_ estimate: MemoryEstimate, _ bound: MemoryBound) -> Int {
    switch bound.source {
    case .controlGroup: estimate.total * ranksOnHost
    case .addressSpace, .data:
      bound.taken + estimate.total - estimate.runtime + estimate.addressSpace
        + (device.threads + experiment.data.workers) * Self.stackBytes
    }
  }

  private func fits(_ estimate: MemoryEstimate, _ bound: MemoryBound) -> Bool {
    Double(need(estimate, bound)) * (1 - Self.tolerance) <= Double(bound.limit)
  }

  private func refusal(_ estimate: MemoryEstimate, _ bound: MemoryBound, _ bounds: [MemoryBound])
    throws -> InputError
  {
    var remedies: [String] = []
    if trains, experiment.memory != .low, try fitsAll(bounds, { $0.memory = .low }) {
      remedies.append("use --memory low")
    }
    if let size = try largestBatch(bounds) { remedies.append("use --batch-size \(size) or less") }
    return InputError(
      .environment, "memory",
      "\(trains ? "the training" : "the evaluation") takes \(NumberText.bytes(need(estimate, bound))) at its "
        + "peak\(sharing(bound)), but \(bound.source.name) allows \(NumberText.bytes(bound.limit))",
      remedy: (remedies + [bound.source.remedy]).joined(separator: ", or "))
  }

  private func fitsAll(_ bounds: [MemoryBound], _ change: (inout Experiment) -> Void) throws -> Bool {
    var changed = experiment
    change(&changed)
    let estimate = try estimate(changed)
    return bounds.allSatisfy { fits(estimate, $0) }
  }

  /// The largest batch, for training and evaluation, that fits; nil if none does.
  private func largestBatch(_ bounds: [MemoryBound]) throws -> Int? {
    func fits(_ batch: Int) throws -> Bool {
      try fitsAll(bounds) {
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
