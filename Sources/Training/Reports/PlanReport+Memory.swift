import Networks
import Presentation

/// The peak memory of a plan: of the process, and of an accelerator.
extension PlanReport {
  /// The table of the machine's memory; with an accelerator, the table of its memory and sentences about it before that.
  func memory(_ style: TextStyle) -> String {
    guard let accelerator = plan.accelerator else { return machineMemory("peak memory").text(style) }
    let sentences = self.sentences(accelerator).map { style.wrapped($0, indent: 2) + "\n" }.joined()
    return acceleratorMemory.text(style) + sentences + "\n"
      + machineMemory("memory of the machine").text(style)
  }

  /// Estimates of a training in each memory mode, and of an evaluation.
  private var estimates: [MemoryEstimate] {
    MemoryMode.allCases.map { plan.trainingMemoryByMode[$0]! } + [plan.inferenceMemory]
  }

  /// A row of a table: its title, and bytes of each estimate.
  private typealias Row = (title: String, bytes: (MemoryEstimate) -> Int)

  private func table(_ title: String, _ rows: [Row], total: @escaping (MemoryEstimate) -> Int) -> TextTable {
    let isLarge = (estimates.map(total).max() ?? 0) >= 1_000_000_000
    let modes = MemoryMode.allCases.map { TextTable.Column($0.rawValue, .right) }
    return TextTable(
      columns: [.init("\(title), \(isLarge ? "GB" : "MB")", .left)] + modes + [.init("inference", .right)],
      rows: (rows + [("total", total)]).map { row in
        [row.title]
          + estimates.map {
            NumberText.fixed(Double(row.bytes($0)) / (isLarge ? 1e9 : 1e6), isLarge ? 2 : 0)
          }
      })
  }

  private func machineMemory(_ title: String) -> TextTable {
    let rows: [Row] = [
      ("activations and their gradients", \.arena), ("scratch of the threads", \.scratch),
      ("parameters, gradients, optimizer", \.parameters), ("batches read ahead", \.batches),
      ("program and libraries", \.runtime),
    ]
    return table(title, plan.accelerator == nil ? rows : rows.suffix(3), total: \.total)
  }

  private var acceleratorMemory: TextTable {
    func part(_ bytes: @escaping (MemoryEstimate.OnAccelerator) -> Int) -> (MemoryEstimate) -> Int {
      { $0.accelerator.map(bytes) ?? 0 }
    }
    let workspaces: [Row] = lacksWorkspaces ? [] : [("workspaces of convolutions", part(\.scratch))]
    return table(
      "memory of the GPU",
      [
        ("activations and their gradients", part(\.activations)),
        ("a batch on its way", part(\.transfers)),
      ] + workspaces + [("parameters, gradients, optimizer", part(\.parameters))], total: part(\.total))
  }

  /// Whether the plan does not know the workspaces of convolutions, see `AcceleratorMemory.Workspaces`.
  private var lacksWorkspaces: Bool {
    if case .uncounted = plan.accelerator?.memory.forecast { true } else { false }
  }

  /// Whether a training fits, the largest batch, and what the numbers rest on.
  private func sentences(_ accelerator: NetworkPlan.Accelerator) -> [String] {
    let memory = accelerator.memory
    let need = NumberText.bytes(plan.trainingMemory.accelerator?.total ?? 0)
    let (usable, total) = (NumberText.bytes(memory.usable), NumberText.bytes(memory.total))
    let place =
      memory.forecast == nil
      ? "free now (\(total) in all)" : "free on an idle GPU (\(total) less driver and libraries)"
    let largest =
      switch largestBatch {
      case nil: "no batch fits"
      case LargestBatch.most: "a batch of \(LargestBatch.most) fits; larger ones were not tried"
      case let batch?: "the largest batch that fits is \(batch)"
      }
    let basis =
      switch memory.forecast {
      case nil: "workspaces are those that cuDNN plans on this GPU"
      case .planned(let library):
        "a forecast without the GPU; workspaces are those that \(library) plans for this model"
      case .uncounted(let lack):
        "a forecast without the GPU; a run takes more, since workspaces of convolutions are not counted: \(lack)"
      }
    return [
      plan.fits
        ? "fits: training takes \(need) of the \(usable) that are \(place)"
        : "does not fit: training takes \(need), but \(usable) are \(place)",
      "memory \(experiment.memory.rawValue): \(largest)", basis, "the time on a GPU is not predicted",
    ]
  }
}

extension NetworkPlan {
  /// Whether a training, in the memory mode of the experiment, fits into the memory that the accelerator has free now.
  var fits: Bool {
    guard let accelerator else { return true }
    return trainingMemory.accelerator?.total ?? 0 <= accelerator.memory.usable
  }
}
