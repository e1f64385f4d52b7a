/// A benchmark as text.
public struct BenchmarkReport {
  private let result: BenchmarkResult

  public init(_ result: BenchmarkResult) { self.result = result }

  public var text: String {
    var sections = [title]
    if result.step != nil || result.evaluation != nil { sections.append(steps) }
    if let step = result.step { sections.append(kinds("training step", step)) }
    if let step = result.step, let exchange = result.exchange { sections.append(line(exchange, step)) }
    if let evaluation = result.evaluation { sections.append(kinds("evaluation", evaluation)) }
    if !result.kernels.isEmpty { sections.append(kernels) }
    if let optimizer = result.optimizer { sections.append(line(optimizer)) }
    if let data = result.data { sections.append(line(data)) }
    let planned = result.plannedPeakBytes.map { ", planned \(NumberText.bytes($0))" } ?? ""
    sections.append("peak memory of the process: \(NumberText.bytes(result.peakResidentBytes))\(planned)\n")
    return sections.joined(separator: "\n")
  }

  private var title: String {
    let (network, machine) = (result.network, result.machine)
    return "\(network.name): \(network.architecture), fusion \(network.fusion), sensors "
      + network.sensors.map(\.name).joined(separator: " and ")
      + ", patches of \(network.height)×\(network.width) pixels, memory \(network.memory)\n"
      + "\(machine.processor ?? "processor"), \(machine.threads) threads on \(machine.usableCores) cores; "
      + "peak \(gigaflops(machine.peakFLOPS)) GFLOP/s (\(machine.instructions)); "
      + "precision \(network.precision), kernels \(machine.kernels), OpenBLAS core \(machine.openBLASCore)\n"
  }

  private func gigaflops(_ rate: Double) -> String { NumberText.fixed(rate / 1e9, 0) }

  private func milliseconds(_ seconds: Double) -> String {
    NumberText.fixed(seconds * 1e3, seconds < 0.1 ? 2 : 0)
  }

  private func share(_ rate: Double) -> String {
    NumberText.fixed(100 * rate / result.machine.peakFLOPS, 0) + " %"
  }

  private var steps: String {
    func row(_ title: String, _ step: BenchmarkResult.StepFigures?) -> [String]? {
      step.map { step in
        let rate = Double(step.flops) / step.seconds.best
        return [
          title, "\(step.batch)", NumberText.fixed(step.seconds.best, 3),
          NumberText.fixed(step.seconds.median, 3), NumberText.rate(step.imagesPerSecond), gigaflops(rate),
          share(rate),
        ]
      }
    }
    let table = TextTable(
      columns: [
        .init("", .left), .init("batch", .right), .init("best s", .right), .init("median s", .right),
        .init("patches/s", .right), .init("GFLOP/s", .right), .init("of peak", .right),
      ],
      rows: [row("training step", result.step), row("evaluation", result.evaluation)].compactMap { $0 })
    return table.text
      + "patches/s by the median, GFLOP/s by the best; operations counted as direct convolutions\n\n" + steady
  }

  /// What a step takes beside time: nothing, if it is steady.
  private var steady: String {
    func row(_ title: String, _ step: BenchmarkResult.StepFigures?) -> [String]? {
      step.map { step in
        let steady = step.steady
        return [
          title, "\(steady.steps)", steady.allocations.map { "\($0)" } ?? Figures.missing,
          "\(steady.minorPageFaults)", "\(steady.voluntaryContextSwitches)", "\(steady.poolSleeps)",
          "\(steady.involuntaryContextSwitches)", "\(steady.poolSections)",
        ]
      }
    }
    return TextTable(
      columns: [
        .init("all measured", .left), .init("steps", .right), .init("allocations", .right),
        .init("page faults", .right), .init("waits", .right), .init("sleeps of the pool", .right),
        .init("preempted", .right), .init("forks and joins", .right),
      ],
      rows: [row("training steps", result.step), row("evaluations", result.evaluation)].compactMap { $0 }
    ).text + "waits beyond the sleeps of the pool would be for locks or files\n"
  }

  private func kinds(_ title: String, _ step: BenchmarkResult.StepFigures) -> String {
    let total = step.kinds.reduce(0) { $0 + $1.seconds }
    return TextTable(
      columns: [.init(title, .left), .init("ms", .right), .init("share", .right)],
      rows: step.kinds.map { [$0.kind, milliseconds($0.seconds), NumberText.percent($0.seconds / total)] }
    ).text
  }

  private var kernels: String {
    func text(_ dimensions: [Int]) -> String { dimensions.map(String.init).joined(separator: "×") }
    var passes: [String] = []
    for kernel in result.kernels where !passes.contains(kernel.pass) { passes.append(kernel.pass) }
    let sections = passes.map { pass in
      TextTable.Section(
        pass,
        result.kernels.filter { $0.pass == pass }.map { kernel in
          .init([
            kernel.window, text(kernel.input), text(kernel.output), "\(kernel.calls)",
            milliseconds(kernel.bestSeconds), milliseconds(kernel.medianSeconds), gigaflops(kernel.rate),
            share(kernel.rate), milliseconds(kernel.stepSeconds), kernel.kernel,
          ])
        })
    }
    return TextTable(
      columns: [
        .init("window", .left), .init("input N×H×W×C", .right), .init("output", .right),
        .init("calls", .right), .init("best ms", .right), .init("median ms", .right),
        .init("GFLOP/s", .right), .init("of peak", .right), .init("all calls ms", .right),
        .init("kernel", .left),
      ], sections: sections
    ).text
      + "\nof the best call, inside the running step; operations counted as direct convolutions\n"
  }

  private func line(
    _ exchange: BenchmarkResult.ExchangeFigures, _ step: BenchmarkResult.StepFigures
  ) -> String {
    let waited = exchange.waitSeconds
    let shares = zip(waited.all, step.seconds.all).map { $0 / $1 }
    return "\(exchange.ranks) ranks, gradients summed "
      + (exchange.isOverlapped ? "by a thread of their own" : "by the computing thread")
      + ": a step waits for sums and for other ranks \(milliseconds(waited.best)) ms at best, "
      + "\(milliseconds(waited.median)) ms by the median, \(NumberText.percent(Timing.median(shares))) of it\n"
  }

  private func line(_ optimizer: BenchmarkResult.OptimizerFigures) -> String {
    "optimizer (\(result.network.optimizer)): best \(milliseconds(optimizer.seconds.best)) ms, median "
      + "\(milliseconds(optimizer.seconds.median)) ms, "
      + "\(NumberText.fixed(Double(optimizer.bytes) / optimizer.seconds.best / 1e9, 1)) GB/s\n"
  }

  private func line(_ data: BenchmarkResult.DataFigures) -> String {
    "data: \(NumberText.rate(data.patchesPerSecond)) patches/s (median of \(data.epochSeconds.all.count) times "
      + "\(data.passes == 1 ? "" : "\(data.passes) × ")\(NumberText.grouped(data.patches)) \(data.isSynthetic ? "synthetic " : "")patches of \(data.size) "
      + "pixels), best \(NumberText.rate(data.bestPatchesPerSecond)), "
      + "\(data.workers) \(data.workers == 1 ? "thread reads" : "threads read")\n"
  }

  /// Everything in one document.
  public var json: String {
    get throws {
      let document = Document(
        network: result.network, machine: result.machine,
        trainStepSeconds: result.step?.seconds, evalStepSeconds: result.evaluation?.seconds,
        imagesPerSecond: .init(train: result.step?.imagesPerSecond, eval: result.evaluation?.imagesPerSecond),
        trainStepFLOPs: result.step?.flops, evalStepFLOPs: result.evaluation?.flops,
        trainStepKinds: result.step?.kinds, evalStepKinds: result.evaluation?.kinds,
        exchange: result.exchange, trainSteady: result.step?.steady, evalSteady: result.evaluation?.steady,
        kernels: result.kernels.isEmpty ? nil : result.kernels,
        optimizer: result.optimizer, data: result.data,
        patchesPerSecond: result.data?.patchesPerSecond, peakResidentBytes: result.peakResidentBytes,
        plannedPeakBytes: result.plannedPeakBytes)
      return String(decoding: try ReportJSON.encode(document), as: UTF8.self)
    }
  }

  private struct Document: Encodable {
    let network: BenchmarkResult.NetworkFigures
    let machine: MachineFigures
    let trainStepSeconds, evalStepSeconds: Timing?
    let imagesPerSecond: Rates
    let trainStepFLOPs, evalStepFLOPs: Int?
    let trainStepKinds, evalStepKinds: [BenchmarkResult.KindFigures]?
    let exchange: BenchmarkResult.ExchangeFigures?
    let trainSteady, evalSteady: BenchmarkResult.SteadyFigures?
    let kernels: [BenchmarkResult.KernelFigures]?
    let optimizer: BenchmarkResult.OptimizerFigures?
    let data: BenchmarkResult.DataFigures?
    let patchesPerSecond: Double?
    let peakResidentBytes: Int
    let plannedPeakBytes: Int?
  }

  private struct Rates: Encodable {
    let train, eval: Double?
  }
}
