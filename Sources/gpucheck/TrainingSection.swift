import Basics
import CUDAEngine
import Networks

/// Several training steps: losses beside the CPU's, and equal bits whatever way the GPU takes.
struct TrainingSection {
  let run: CheckRun

  private var isQuick: Bool { run.options.isQuick }
  /// SGD: Adam makes a whole step of a gradient that is nothing but rounding.
  private static let rule = OptimizerRule.sgd(momentum: 0.9, weightDecay: 1e-4)
  /// Small steps: rounding in float32 grows from 1e-7 to 1e-3 of a loss in 50 steps of 0.0005.
  private static let rate: Float = 0.0001

  func write() throws {
    let example = NetworkExample.training(isQuick: isQuick)
    let problem = try Problem(example.network(.binaryCrossEntropy), batches: 4, seed: 5)
    run.report.heading("Training")
    run.report.paragraph(NetworkExample.sizes(of: [example]))
    try compareLosses(problem)
    try compareBits(problem)
  }

  /// Starts a network at the numbers of the problem.
  private func executor(
    _ problem: Problem, _ precision: Precision, memory: MemoryMode = .balanced, on device: any Device
  ) throws -> any Executor {
    let request = problem.request(precision, rule: Self.rule, memory: memory)
    let executor = try device.executor(request, ranks: OneProcess())
    try problem.fill(executor.state)
    try executor.share()
    return executor
  }

  private func train(_ problem: Problem, _ steps: Range<Int>, _ executor: any Executor, on device: any Device)
    throws -> TrainedSteps
  {
    try TrainedSteps(problem, steps: steps, rate: Self.rate, executor, in: device.batchForm)
  }

  private func compareLosses(_ problem: Problem) throws {
    let steps = isQuick ? 6 : 50
    run.report.paragraph(StepLimits.explanation)
    run.report.columns(
      "losses", "precision", width: 8, titles: ["first  ", "last   ", "CPU's last", "difference"])
    var reference: TrainedSteps?
    var rounded: Double?
    for precision in run.precisions {
      try run.check(["\(steps) steps", precision.rawValue]) {
        func train(_ precision: Precision, on device: any Device) throws -> TrainedSteps {
          let network = try executor(problem, precision, on: device)
          // With the usual scale the first gradients overflow, and their steps are left out.
          if network.state.lossScale != nil { network.state.lossScale = LossScale(scale: 1024) }
          return try self.train(problem, 0..<steps, network, on: device)
        }
        let expected = try reference ?? train(.fp32, on: run.cpu)
        reference = expected
        let found = try train(precision, on: run.gpu)
        let worst = found.largestDifference(from: expected)
        let limit = try StepLimits.training(precision) {
          let difference =
            try rounded ?? train(run.roundedPrecision, on: run.cpu).largestDifference(from: expected)
          rounded = difference
          return difference
        }
        return (
          [
            fixed(found.losses[0][0], 5), fixed(found.losses[steps - 1][0], 5),
            fixed(expected.losses[steps - 1][0], 5), short(worst),
          ],
          worst <= limit
            ? .passed : .failed("a loss differs by \(short(worst)), limit \(short(limit))")
        )
      }
    }
  }

  private func compareBits(_ problem: Problem) throws {
    let steps = isQuick ? 4 : 6
    run.report.paragraph("")
    run.report.columns("equal bits after \(steps) steps", "precision", width: 33, titles: [])
    for precision in run.precisions { try compareBits(problem, precision, steps) }
  }

  /// Compares trainings that must not differ with one that runs as `train` does.
  private func compareBits(_ problem: Problem, _ precision: Precision, _ steps: Int) throws {
    var reference: TrainedSteps?
    // Why the GPU launches no CUDA graph; nil where it does.
    var refusal: String?
    func compare(_ name: String, needsGraph: Bool = false, _ body: () throws -> TrainedSteps) throws {
      try run.check([name, precision.rawValue]) {
        if reference == nil {
          let network = try executor(problem, precision, on: run.gpu)
          reference = try train(problem, 0..<steps, network, on: run.gpu)
          refusal = network.notes.first
        }
        if needsGraph, let refusal { return ([], .skipped(refusal)) }
        return ([], try body().difference(from: reference!).map { .failed($0) } ?? .passed)
      }
    }
    try compare("without a CUDA graph", needsGraph: true) {
      let gpu = try run.gpuWithoutGraphs()
      return try train(problem, 0..<steps, executor(problem, precision, on: gpu), on: gpu)
    }
    try compare("stopped after \(steps / 2) steps and resumed") {
      let first = try executor(problem, precision, on: run.gpu)
      let begun = try train(problem, 0..<steps / 2, first, on: run.gpu)
      let second = try run.gpu.executor(problem.request(precision, rule: Self.rule), ranks: OneProcess())
      try second.state.take(first.state)
      try second.share()
      return begun.followed(by: try train(problem, steps / 2..<steps, second, on: run.gpu))
    }
    try compare("memory low") {
      try train(problem, 0..<steps, executor(problem, precision, memory: .low, on: run.gpu), on: run.gpu)
    }
  }
}
