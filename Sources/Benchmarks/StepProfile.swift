import Basics
import Networks
import Presentation

/// The time of each instruction of a program, over several runs.
struct StepProfile {
  let timing: Timing
  let counts: StepCounts
  let pass: NetworkPass
  /// Seconds of the runs in which the instructions were timed. A device that stands still for an observer has runs of its
  /// own for that; elsewhere they are the runs of `timing`.
  private let observed: [Double]
  /// Whether the update of the parameters comes after the program.
  private let isUpdatedAfter: Bool
  /// What the time outside of the program is for, by the name of its kind.
  private let outside: String
  private let work: [InstructionWork]
  /// Seconds of each instruction in each run, `[runs, instructions]`.
  private let seconds: AlignedBuffer<Double>

  /// What is measured.
  struct Run {
    let pass: NetworkPass
    /// Number of patches of a run.
    let batch: Int
    /// Begins a run. It returns whether the result of a run came: of this one, or of the run before.
    let begin: () throws -> Bool
    /// Waits for a result that has not come.
    let finish: () throws -> Void

    init(
      pass: NetworkPass, batch: Int, begin: @escaping () throws -> Bool, finish: @escaping () throws -> Void
    ) {
      (self.pass, self.batch, self.begin, self.finish) = (pass, batch, begin, finish)
    }
  }

  /// Runs a few times without measuring, then `repeats` times. If an observer costs time, the instructions are timed in
  /// `repeats` further runs.
  /// - Parameter meter: the counters, read before and after each run.
  /// - Throws: `InputError` (environment) when there is too little memory.
  static func measure(
    _ run: Run, of executor: any Executor, meter: StepMeter, repeats: Int, _ progress: ProgressReporter
  ) throws -> StepProfile {
    let work = executor.work(of: run.pass, batch: run.batch)
    defer { executor.observer = nil }
    let seconds = try AlignedBuffer<Double>(count: repeats * work.count)
    // Writing touches the pages now, so that no page fault falls into the measured steps.
    seconds.elements.update(repeating: 0)
    func observe(_ number: Int) {
      let row = seconds.pointer + number * work.count
      executor.observer = { row[$0] = $1 }
    }
    let isApart = executor.observerCostsTime
    let runs = Benchmark.warmUps + repeats + (isApart ? repeats : 0)
    progress.begin(run.pass == .training ? "training steps" : "evaluations", total: run.batch * runs)
    var isLate = false
    for turn in 0..<Benchmark.warmUps {
      if !isApart { observe(0) }
      if try !run.begin() { isLate = true }
      progress.update(done: run.batch * (turn + 1))
    }
    if isLate { try run.finish() }
    var times = [Double](repeating: 0, count: repeats)
    var counts = StepCounts()
    var done = 0
    var start = ContinuousClock.now
    for turn in 0..<repeats {
      if !isApart { observe(turn) }
      let before = meter.now
      // Runs of a late device overlap: the time of each lasts from the result before to its own.
      if !isLate { start = ContinuousClock.now }
      if try run.begin() {
        let end = ContinuousClock.now
        times[done] = (end - start) / .seconds(1)
        (start, done) = (end, done + 1)
      }
      counts.add(from: before, to: meter.now)
      progress.update(done: run.batch * (Benchmark.warmUps + turn + 1))
    }
    if isLate {
      try run.finish()
      times[done] = (ContinuousClock.now - start) / .seconds(1)
    }
    var observed = times
    if isApart {
      for turn in 0..<repeats {
        observe(turn)
        let start = ContinuousClock.now
        if try !run.begin() { try run.finish() }
        observed[turn] = (ContinuousClock.now - start) / .seconds(1)
        progress.update(done: run.batch * (Benchmark.warmUps + repeats + turn + 1))
      }
    }
    progress.end()
    return StepProfile(
      timing: Timing(times), counts: counts, pass: run.pass, observed: observed,
      isUpdatedAfter: run.pass == .training && !work.contains { $0.kind == .update },
      outside: isApart ? "optimizer and copies" : "optimizer", work: work, seconds: seconds)
  }

  private func times(of instruction: Int) -> [Double] {
    (0..<timing.all.count).map { seconds.pointer[$0 * work.count + instruction] }
  }

  /// Seconds of a run by kind of work, the largest first. An update outside the program counts as the kind "optimizer",
  /// together with the copies to and from an accelerator.
  var kinds: [BenchmarkResult.KindFigures] {
    var totals: [InstructionWork.Kind: Double] = [:]
    for (index, work) in work.enumerated() {
      totals[work.kind, default: 0] += Timing.median(times(of: index))
    }
    var figures = totals.map { BenchmarkResult.KindFigures(kind: $0.rawValue, seconds: $1) }
    if isUpdatedAfter {
      let rest = observed.enumerated().map { run, total in
        work.indices.reduce(total) { $0 - seconds.pointer[run * work.count + $1] }
      }
      figures.append(.init(kind: outside, seconds: Timing.median(rest)))
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
