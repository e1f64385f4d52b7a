import Basics
import Networks
import Presentation

/// The time of each instruction of a program, over several runs.
struct StepProfile {
  let timing: Timing
  let counts: StepCounts
  let pass: NetworkPass
  /// Whether the update of the parameters comes after the program.
  private let isUpdatedAfter: Bool
  private let work: [InstructionWork]
  /// Seconds of each instruction in each run, `[runs, instructions]`.
  private let seconds: AlignedBuffer<Double>

  /// Runs `body` a few times without measuring, then `repeats` times.
  /// - Parameters:
  ///   - batch: number of patches of a run.
  ///   - meter: the counters, read before and after each run.
  /// - Throws: `InputError` (environment) when there is too little memory.
  static func measure(
    _ pass: NetworkPass, of executor: any Executor, batch: Int, meter: StepMeter, repeats: Int,
    _ progress: ProgressReporter, _ body: () throws -> Void
  ) throws -> StepProfile {
    let work = executor.work(of: pass, batch: batch)
    defer { executor.observer = nil }
    let seconds = try AlignedBuffer<Double>(count: repeats * work.count)
    // Writing touches the pages now, so that no page fault falls into the measured steps.
    seconds.elements.update(repeating: 0)
    var times = [Double](repeating: 0, count: repeats)
    var counts = StepCounts()
    progress.begin(
      pass == .training ? "training steps" : "evaluations", total: batch * (Benchmark.warmUps + repeats))
    for turn in 0..<Benchmark.warmUps + repeats {
      let run = max(turn - Benchmark.warmUps, 0)
      let row = seconds.pointer + run * work.count
      executor.observer = { row[$0] = $1 }
      let before = meter.now
      let start = ContinuousClock.now
      try body()
      times[run] = (ContinuousClock.now - start) / .seconds(1)
      if turn >= Benchmark.warmUps { counts.add(from: before, to: meter.now) }
      progress.update(done: batch * (turn + 1))
    }
    progress.end()
    return StepProfile(
      timing: Timing(times), counts: counts, pass: pass,
      isUpdatedAfter: pass == .training && !work.contains { $0.kind == .update }, work: work,
      seconds: seconds)
  }

  private func times(of instruction: Int) -> [Double] {
    (0..<timing.all.count).map { seconds.pointer[$0 * work.count + instruction] }
  }

  /// Seconds of a run by kind of work, the largest first. An update outside the program counts as the kind "optimizer".
  var kinds: [BenchmarkResult.KindFigures] {
    var totals: [InstructionWork.Kind: Double] = [:]
    for (index, work) in work.enumerated() {
      totals[work.kind, default: 0] += Timing.median(times(of: index))
    }
    var figures = totals.map { BenchmarkResult.KindFigures(kind: $0.rawValue, seconds: $1) }
    if isUpdatedAfter {
      let outside = timing.all.enumerated().map { run, total in
        work.indices.reduce(total) { $0 - seconds.pointer[run * work.count + $1] }
      }
      figures.append(.init(kind: "optimizer", seconds: Timing.median(outside)))
    }
    return figures.sorted { $0.seconds > $1.seconds }
  }

  /// The convolutions by shape and pass, in order of first use.
  var kernels: [BenchmarkResult.KernelFigures] {
    struct Key: Hashable {
      let work: ConvolutionWork
      let kernel: String
    }
    var order: [Key] = []
    var calls: [Key: [[Double]]] = [:]
    var index = 0
    while index < work.count {
      // All instructions of one convolution together.
      var last = index + 1
      while last < work.count, work[last].value == work[index].value { last += 1 }
      if let convolution = work[index].convolution {
        let members = index..<last
        var names: [String] = []
        for name in members.map({ work[$0].kernel }) where !names.contains(name) { names.append(name) }
        let key = Key(work: convolution, kernel: names.joined(separator: " + "))
        if calls[key] == nil { order.append(key) }
        calls[key, default: []].append(
          (0..<timing.all.count).map { run in
            members.reduce(0) { $0 + seconds.pointer[run * work.count + $1] }
          })
      }
      index = last
    }
    return order.map { key in
      .init(key.work, kernel: key.kernel, isEvaluation: pass == .inference, calls: calls[key]!)
    }
  }
}
