import Basics
import Experiments
import Presentation

/// A benchmark as text or JSON.
package struct BenchmarkReport {
  let result: BenchmarkResult
  private let listsLayers: Bool

  /// - Parameter listsLayers: whether the text lists the convolutions, shape by shape.
  package init(_ result: BenchmarkResult, listsLayers: Bool = false) {
    (self.result, self.listsLayers) = (result, listsLayers)
  }

  /// The tables, none wider than 80 columns, and sentences wrapped to the width.
  package func text(_ style: TextStyle) -> String {
    func lines(_ text: String) -> String { style.wrapped(text, indent: 2) + "\n" }
    var sections = [title.map(lines).joined()]
    if result.step != nil || result.evaluation != nil {
      sections.append(
        steps.text(style)
          + lines(
            "patches/s from the median time, GFLOP/s from the best time; operations are counted as direct "
              + "convolutions; Winograd kernels need fewer"))
      // An accelerator has no pool of threads.
      let note = "sleeps: pauses of the pool's threads; waits in excess of sleeps are for locks or files"
      sections.append(steady.text(style) + (result.machine.model == nil ? lines(note) : ""))
    }
    if let step = result.step { sections.append(kinds("training step", step).text(style)) }
    if let step = result.step, let exchange = result.exchange { sections.append(lines(line(exchange, step))) }
    if let evaluation = result.evaluation { sections.append(kinds("evaluation", evaluation).text(style)) }
    if listsLayers, !result.kernels.isEmpty {
      sections.append(
        kernels.text(style) + "\n"
          + lines(
            "GFLOP/s of the best call, inside the running step; operations are counted as direct convolutions; "
              + "Winograd needs fewer, so it has no share of the peak"))
    }
    if let optimizer = result.optimizer { sections.append(lines(line(optimizer))) }
    if let data = result.data { sections.append(lines(line(data))) }
    sections.append(memory.map(lines).joined())
    return sections.joined(separator: "\n")
  }

  private var memory: [String] {
    let process = "peak memory of the process: \(NumberText.bytes(result.peakResidentBytes))"
    guard let device = result.plannedDeviceBytes else {
      return [process + (result.plannedPeakBytes.map { ", planned \(NumberText.bytes($0))" } ?? "")]
    }
    return [process, "memory on \(result.machine.device): planned \(NumberText.bytes(device))"]
  }

  private var title: [String] {
    let (network, machine) = (result.network, result.machine)
    return [
      "\(network.name): \(network.architecture), head \(network.head), \(fusion), sensors "
        + network.sensors.map(\.name).joined(separator: " and ")
        + ", patches of \(network.height)×\(network.width) pixels, memory \(network.memory)",
      "\(computer); precision \(network.precision), kernels \(machine.kernels)"
        + (machine.openBLASCore.map { ", OpenBLAS core \($0)" } ?? ""),
    ]
  }

  /// "fusion middle after stages 1, 3, join gated", or "fusion early".
  private var fusion: String {
    let network = result.network
    let stages = network.fusionStages.map(String.init)
    let kind = ModelSettings.FusionKind(rawValue: network.fusion)
    let place =
      kind == .middle
      ? " after \(stages.count == 1 ? "stage" : "stages") \(stages.joined(separator: ", "))" : ""
    return "fusion \(network.fusion)\(place)"
      + (kind == .middle || kind == .late ? ", join \(network.join)" : "")
  }

  /// "Intel Xeon, 2 threads on 2 cores; peak 190 GFLOP/s (AVX-512)", or "NVIDIA H100 80GB HBM3 (cuda:0, sm_90)".
  private var computer: String {
    let machine = result.machine
    if let model = machine.model { return "\(model) (\(machine.device), \(machine.instructions))" }
    let peak = machine.peakFLOPS.map { "peak \(gigaflops($0)) GFLOP/s " } ?? ""
    return "\(machine.processor ?? "processor"), \(counted(machine.threads, "thread")) on "
      + "\(counted(machine.usableCores, "core")); \(peak)(\(machine.instructions))"
  }

  private func gigaflops(_ rate: Double) -> String { NumberText.fixed(rate / 1e9, 0) }

  private func milliseconds(_ seconds: Double) -> String {
    NumberText.fixed(seconds * 1e3, seconds < 0.1 ? 2 : 0)
  }

  private var steps: TextTable {
    func row(_ title: String, _ step: BenchmarkResult.StepFigures?) -> [String]? {
      step.map { step in
        let rate = Double(step.flops) / step.seconds.best
        return [
          title, "\(step.batch)", NumberText.fixed(step.seconds.best, 3),
          NumberText.fixed(step.seconds.median, 3), NumberText.rate(step.imagesPerSecond), gigaflops(rate),
        ]
      }
    }
    return TextTable(
      columns: [
        .init("", .left), .init("batch", .right), .init("best s", .right), .init("median s", .right),
        .init("patches/s", .right), .init("effective GFLOP/s", .right),
      ],
      rows: [row("training step", result.step), row("evaluation", result.evaluation)].compactMap { $0 })
  }

  /// The table of allocations, page faults and waits. They are 0 in a steady step.
  private var steady: TextTable {
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
        .init("page faults", .right), .init("waits", .right), .init("sleeps", .right),
        .init("preempted", .right), .init("forks", .right),
      ],
      rows: [row("training", result.step), row("evaluation", result.evaluation)].compactMap { $0 })
  }

  private func kinds(_ title: String, _ step: BenchmarkResult.StepFigures) -> TextTable {
    let total = step.kinds.reduce(0) { $0 + $1.seconds }
    return TextTable(
      columns: [.init(title, .left), .init("ms", .right), .init("share", .right)],
      rows: step.kinds.map { [$0.kind, milliseconds($0.seconds), NumberText.percent($0.seconds / total)] })
  }

  private var kernels: TextTable {
    var passes: [String] = []
    for kernel in result.kernels where !passes.contains(kernel.pass) { passes.append(kernel.pass) }
    let sections = passes.map { pass in
      TextTable.Section(
        pass,
        result.kernels.filter { $0.pass == pass }.map { kernel in
          .init([
            kernel.window, kernel.input.dropFirst().map(String.init).joined(separator: "×"),
            kernel.output.last.map(String.init) ?? "", "\(kernel.calls)", milliseconds(kernel.bestSeconds),
            gigaflops(kernel.rate), share(of: kernel), milliseconds(kernel.stepSeconds), Self.method(kernel),
          ])
        })
    }
    return TextTable(
      columns: [
        .init("window", .left), .init("input", .right), .init("outputs", .right),
        .init("calls", .right), .init("best ms", .right), .init("GFLOP/s", .right), .init("of peak", .right),
        .init("all ms", .right), .init("kernel", .left),
      ], sections: sections)
  }

  /// One word for the method of a kernel. The JSON has the full name.
  private static func method(_ kernel: BenchmarkResult.KernelFigures) -> String {
    if kernel.kernel.contains("Winograd") { return "Winograd" }
    if kernel.kernel.contains("cuDNN") { return "cuDNN" }
    return kernel.kernel.contains("Reference") ? "plain" : "direct"
  }

  /// The share of the peak. Winograd has none, because it does fewer operations than are counted.
  private func share(of kernel: BenchmarkResult.KernelFigures) -> String {
    guard Self.method(kernel) != "Winograd", let peak = result.machine.peakFLOPS else {
      return Figures.missing
    }
    return NumberText.percent(kernel.rate / peak)
  }

  private func line(
    _ exchange: BenchmarkResult.ExchangeFigures, _ step: BenchmarkResult.StepFigures
  ) -> String {
    let waited = exchange.waitSeconds
    let shares = zip(waited.all, step.seconds.all).map { $0 / $1 }
    return "\(exchange.ranks) ranks, gradients summed "
      + (exchange.isOverlapped ? "by a thread of their own" : "by the computing thread")
      + ": a step waits for sums and for other ranks \(milliseconds(waited.best)) ms at best, "
      + "\(milliseconds(waited.median)) ms by the median, \(NumberText.percent(Timing.median(shares))) of the step"
  }

  private func line(_ optimizer: BenchmarkResult.OptimizerFigures) -> String {
    "optimizer (\(result.network.optimizer)): best \(milliseconds(optimizer.seconds.best)) ms, median "
      + "\(milliseconds(optimizer.seconds.median)) ms, "
      + "\(NumberText.fixed(Double(optimizer.bytes) / optimizer.seconds.best / 1e9, 1)) GB/s"
  }

  private func line(_ data: BenchmarkResult.DataFigures) -> String {
    "data: \(NumberText.rate(data.patchesPerSecond)) patches/s (median of \(data.epochSeconds.all.count) times "
      + "\(data.passes == 1 ? "" : "\(data.passes) × ")\(NumberText.grouped(data.patches)) \(data.isSynthetic ? "synthetic " : "")patches of \(data.size) "
      + "pixels), best \(NumberText.rate(data.bestPatchesPerSecond)), first pass "
      + "\(NumberText.rate(data.firstPatchesPerSecond)), "
      + "\(data.workers) \(data.workers == 1 ? "thread reads" : "threads read")"
  }
}
