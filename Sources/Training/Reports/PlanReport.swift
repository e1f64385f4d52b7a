import Basics
import Experiments
import Networks
import Presentation

/// A plan as text or JSON.
package struct PlanReport {
  let plan: NetworkPlan
  /// nil where the device cannot predict times.
  let times: TimeEstimate?
  /// See `NetworkPlan.largestBatch`.
  let largestBatch: Int?
  let run: PlannedRun
  /// What reading the data costs; nil where no data are named.
  let data: DataCost?
  private let listsLayers: Bool

  /// The patches of a run, and the time that its epochs take.
  struct PlannedRun {
    /// nil where the number of patches is not known.
    let patches: PatchCounts?
    /// Times in each memory mode; empty where the number of patches or the times are not known.
    let times: [MemoryMode: RunTime]
    /// The memory mode of the experiment.
    let memory: MemoryMode
  }

  /// - Parameters:
  ///   - times: times of the plan on this machine; nil where the device cannot predict them.
  ///   - largestBatch: the largest batch that fits into an accelerator; nil for the CPU, or if none fits.
  ///   - patches: patches of the run; nil to plan a single batch.
  ///   - data: what reading the data costs; nil where no data are named.
  ///   - listsLayers: whether the text lists every layer instead of the parts of the network.
  package init(
    _ plan: NetworkPlan, times: TimeEstimate?, largestBatch: Int? = nil, patches: PatchCounts? = nil,
    data: DataCost? = nil, listsLayers: Bool = false
  ) {
    self.plan = plan
    self.times = times
    self.largestBatch = largestBatch
    self.listsLayers = listsLayers
    self.data = data
    run = PlannedRun(
      patches: patches,
      times: patches.flatMap { patches in
        times.map { times in
          times.trainingSteps.mapValues {
            RunTime(patches, plan.experiment, trainingStep: $0, evaluation: times.evaluation)
          }
        }
      } ?? [:], memory: plan.experiment.memory)
  }

  var experiment: Experiment { plan.experiment }
  var batch: Int { experiment.training.batchSize }

  /// The tables, none wider than 80 characters, and sentences wrapped to the width of `style`.
  package func text(_ style: TextStyle) -> String {
    [
      title(style),
      layers.text(style) + plan.wideLayerNotes.map { style.wrapped($0, indent: 2) + "\n" }.joined(),
      arithmetic.text(style),
      plan.accelerator == nil ? kernels.text(style) : nil, copies.map { style.wrapped($0, indent: 2) + "\n" },
      memory(style) + style.wrapped(disk, indent: 2) + "\n", times.map { text($0, style) },
      data.map { text($0, style) },
    ].compactMap { $0 }.joined(separator: "\n")
  }

  /// The part about the time that batches and epochs take.
  private func text(_ times: TimeEstimate, _ style: TextStyle) -> String {
    table(of: times).text(style) + style.wrapped(conditions(of: times), indent: 2) + "\n"
      + runText(times).map { "\n" + style.wrapped($0, indent: 2) + "\n" }.joined()
  }

  /// The part about reading the data.
  private func text(_ data: DataCost, _ style: TextStyle) -> String {
    let demand = times.map {
      DataCost.Demand("the network", rate: Double(batch) / $0.trainingSteps[run.memory]!)
    }
    return data.table(demand).text(style)
      + data.sentences(demand).map { style.wrapped($0, indent: 2) + "\n" }.joined()
  }

  /// "2 threads"; "NVIDIA H100 80GB HBM3 (h100)".
  private var device: String {
    plan.accelerator.map { "\($0.model) (\($0.name))" } ?? counted(plan.threads, "thread")
  }

  private func title(_ style: TextStyle) -> String {
    let network = "\(style.bold(shownName(experiment.name))): \(NetworkText(experiment).line)"
    let batches =
      "batches of \(counted(batch, "patch", plural: "patches")), \(plan.size) pixels, "
      + "\(device), \(experiment.precision.rawValue), memory \(experiment.memory.rawValue)"
    return [network, batches, experiment.learningText.map { "learns: \($0)" }].compactMap { $0 }
      .map { style.wrapped($0, indent: 2) + "\n" }.joined()
  }

  private var layers: TextTable {
    let rows = listsLayers ? plan.layers : plan.parts
    return TextTable(
      columns: [
        listsLayers ? .init("layer", .left) : .init("part", .left),
        listsLayers ? .init("does", .left) : .init("layers", .right),
        // Outputs are shown without N: the title has the batch size.
        .init("output", .right), .init("parameters", .right), .init("GFLOPs", .right),
        .init("kept MB", .right),
      ],
      rows: rows.map { row in
        [
          row.name, row.kind.map(Self.short) ?? "\(row.layers)",
          row.output.dropFirst().map(String.init).joined(separator: "×"), NumberText.grouped(row.parameters),
          Self.gigaflops(row.forwardFLOPs), NumberText.fixed(Double(row.keptBytes) / 1e6, 1),
        ]
      })
  }

  /// The kind of a layer, shortened so that there is room for the layer's name.
  private static func short(_ kind: String) -> String {
    [
      ("convolution", "conv"), ("channels stacked", "stacked"), ("mean of pixels", "pixel mean"),
      ("max pool", "pool"),
    ]
    .reduce(kind) { $0.replacing($1.0, with: $1.1) }
  }

  private var arithmetic: TextTable {
    func row(_ title: String, _ flops: Int) -> [String] {
      [title, Self.gigaflops(flops / batch), Self.gigaflops(flops)]
    }
    return TextTable(
      columns: [.init("GFLOPs", .left), .init("an image", .right), .init("a batch", .right)],
      rows: [row("forward pass", plan.forwardFLOPs), row("training step", plan.trainingFLOPs)])
  }

  private var kernels: TextTable {
    let total = plan.kernelChoices.reduce(0) { $0 + $1.flops }
    return TextTable(
      columns: [.init("share", .right), .init("layer", .left), .init("computed by", .left)],
      rows: plan.kernelChoices.sorted { $0.flops > $1.flops }.map { choice in
        [NumberText.percent(Double(choice.flops) / Double(total)), choice.layer, choice.method]
      })
  }

  /// The copies that stacked channels cost; nil without any.
  private var copies: String? {
    guard !plan.copiedBytes.isEmpty else { return nil }
    let layers = plan.layers.map(\.name).filter { plan.copiedBytes[$0] != nil }
    let total = plan.copiedBytes.values.reduce(0, +)
    let names = layers.count > 2 ? "\(layers[0]) to \(layers.last!)" : layers.joined(separator: " and ")
    return "a step copies \(NumberText.bytes(total)) because \(counted(layers.count, "layer")) "
      + "(\(names)) cannot stack channels in place"
  }

  private var disk: String {
    "a run keeps three checkpoints of \(NumberText.bytes(plan.checkpointBytes)): the last, the one before it, the best"
  }

  private func table(of times: TimeEstimate) -> TextTable {
    func row(_ title: String, _ seconds: Double, _ batch: Int) -> [String] {
      [title, "\(batch)", NumberText.fixed(seconds, 3), NumberText.rate(Double(batch) / seconds)]
    }
    let steps = MemoryMode.allCases.map { mode in
      row("training step, memory \(mode.rawValue)", times.trainingSteps[mode]!, batch)
    }
    return TextTable(
      columns: [
        .init("predicted time", .left), .init("batch", .right), .init("seconds", .right),
        .init("patches/s", .right),
      ],
      rows: steps + [row("evaluation", times.evaluation, experiment.evaluation.batchSize)])
  }

  /// The conditions under which the times are valid.
  private func conditions(of times: TimeEstimate) -> String {
    let machine = times.machine
    let missing =
      plan.threads > machine.threads
      ? ", which has no more cores: \(plan.threads) threads were asked for" : ""
    return "for this machine as it is now, \(counted(machine.threads, "thread"))\(missing); measured: peak "
      + "\(NumberText.fixed(machine.peakFLOPS / 1e9, 0)) GFLOP/s, products "
      + "\(NumberText.fixed(machine.productFLOPS / 1e9, 0)) GFLOP/s, copies "
      + "\(NumberText.fixed(machine.copyBytesPerSecond / 1e9, 0)) GB/s; without waiting for data"
  }

  /// Sentences about the time of the epochs; none where the number of patches is not known.
  private func runText(_ times: TimeEstimate) -> [String] {
    guard let patches = run.patches, let time = run.times[run.memory] else { return [] }
    let other = MemoryMode.allCases.first { $0 != run.memory }.flatMap { mode in
      run.times[mode].map { time in
        "memory \(mode.rawValue): \(time.text), in "
          + "\(NumberText.bytes(plan.trainingMemoryByMode[mode]!.total)) instead of "
          + NumberText.bytes(plan.trainingMemory.total)
      }
    }
    return [
      "\(NumberText.grouped(patches.training)) training and \(NumberText.grouped(patches.validation)) validation "
        + "patches; this machine, \(counted(times.machine.threads, "thread")): \(time.text)",
      other,
      time.test.map {
        "a test of \(NumberText.grouped(patches.test ?? 0)) patches: \(NumberText.roughly($0))"
      },
    ].compactMap { $0 }
  }

  private static func gigaflops(_ count: Int) -> String { NumberText.fixed(Double(count) / 1e9, 1) }
}
