import Basics
import Experiments
import Networks
import Presentation
import Training

/// Measures the time and memory of an experiment on this machine, on random images or on files.
package struct Benchmark {
  /// The parts of a benchmark.
  package enum Part: String, CaseIterable, Sendable {
    /// Every convolution of the network, timed inside the running step.
    case kernels
    /// A training step: forward and backward pass and the optimizer.
    case step
    /// A batch of an evaluation.
    case eval
    case optimizer
    /// Reading files and preparing normalised batches.
    case data
  }

  /// ResNet101 on both sensors stacked, 8 patches a batch.
  package static let defaultExperiment = """
    name: early
    model: {architecture: resnet101, fusion: early, sensors: [s2, s1]}
    training: {batch_size: 8}
    evaluation: {batch_size: 8}
    """

  package let experiment: Experiment
  /// Height and width of the files in pixels.
  package let fileSize: PatchSize
  /// The device that is measured. It must have the experiment's precision.
  package let device: any Device
  package let parts: Set<Part>
  package let repeats: Int
  /// Folders of data and labels for `Part.data`; nil measures on a synthetic sample.
  package let source: (data: String, labels: String?)?
  let progress: ProgressReporter
  /// Returns the number of allocations of all threads so far; nil if they are not counted.
  package var allocations: (() -> Int)?

  /// The processes that take training steps together, each with a batch of its own.
  package var communicator: any Communicator = OneProcess()

  /// Number of steps before the measured ones. The first of them touches all memory.
  static let warmUps = 2

  /// - Parameter only: nil for all parts.
  package init(
    _ experiment: Experiment, fileSize: PatchSize, on device: any Device, only: Part?, repeats: Int,
    source: (data: String, labels: String?)?, progress: ProgressReporter
  ) {
    precondition(repeats >= 1, "at least one measurement is needed")
    self.experiment = experiment
    self.fileSize = fileSize
    self.device = device
    parts = only.map { [$0] } ?? Set(Part.allCases)
    self.repeats = repeats
    self.source = source
    self.progress = progress
  }

  /// Runs the benchmark.
  /// - Throws: `InputError`: usage for sizes that do not fit; environment for too little memory; data for files that
  ///   cannot be read.
  package func run() throws -> BenchmarkResult {
    let plan = try NetworkPlan(experiment, fileSize: fileSize, on: device)
    if let note = try experiment.threadNote { progress.message("note: \(note)") }
    var result = BenchmarkResult(
      network: .init(experiment, size: plan.size), machine: try .init(device, experiment.precision))
    if !parts.isDisjoint(with: [.kernels, .step, .eval, .optimizer]) {
      try measureNetwork(plan, &result)
    }
    if parts.contains(.data) {
      result.data = try DataBenchmark(
        experiment: experiment, fileSize: fileSize, repeats: repeats, source: source, progress: progress
      ).run()
    }
    result.peakResidentBytes = ProcessUsage.peakResidentBytes
    return result
  }

  private func measureNetwork(_ plan: NetworkPlan, _ result: inout BenchmarkResult) throws {
    let trains = !parts.isDisjoint(with: [.kernels, .step])
    let evaluates = !parts.isDisjoint(with: [.kernels, .eval])
    let bench = try NetworkBenchmark(
      experiment, size: plan.size,
      .init(trains: trains, evaluates: evaluates, optimizes: parts.contains(.optimizer)), on: device,
      communicator: communicator, allocations: allocations)
    result.plannedPeakBytes = bench.memory?.total
    result.plannedDeviceBytes = bench.deviceBytes
    if trains {
      let profile = try bench.trainingSteps(repeats, progress)
      result.kernels += profile.kernels
      if parts.contains(.step) {
        result.step = .init(profile, batch: experiment.training.batchSize, flops: plan.trainingFLOPs)
        result.exchange = bench.exchange
      }
    }
    if evaluates {
      let profile = try bench.evaluations(repeats, progress)
      result.kernels += profile.kernels
      if parts.contains(.eval) {
        let batch = experiment.evaluation.batchSize
        result.evaluation = .init(
          profile, batch: batch, flops: plan.forwardFLOPs / experiment.training.batchSize * batch)
      }
    }
    if !parts.contains(.kernels) { result.kernels = [] }
    if parts.contains(.optimizer) { result.optimizer = try bench.updates(repeats) }
  }
}
