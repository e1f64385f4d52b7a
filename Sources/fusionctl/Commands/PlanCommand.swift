import ArgumentParser
import Basics
import Experiments
import Foundation
import Training

struct PlanCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan",
    abstract: "Say what an experiment takes: layers, arithmetic, kernels, peak memory and time.",
    discussion: """
      Needs no data. With --data, or with --patches, it also predicts the time of an epoch and of the \
      run, without waiting for data. With --data it reads up to 64 patches, packs them into a temporary folder, and says \
      how many patches a second come from the files and from a pack, and how many the network takes. The peak memory is that of the whole process of 'train' or 'test', to about 5 %. \
      The time is that of a batch on this machine when nothing else runs on it, to about 25 %; for batches that take \
      less than 0.05 s to about 35 %. The speed of the machine is measured in about a second, the rest is computed \
      from the work of the kernels.

      With --device cuda it plans for the GPU of this machine, with a model's name for a GPU that need not be there: \
      \(Devices.models.joined(separator: ", ")). It then prints the GPU's memory and the largest batch that fits. cuDNN \
      decides the workspaces of convolutions, so they are counted only where it can be loaded (FUSIONCTL_CUDA_LIBS).
      """)

  @OptionGroup var experimentOptions: ExperimentOptions
  @OptionGroup var batchSizeOptions: BatchSizeOptions
  @OptionGroup var threadOptions: ThreadOptions
  @OptionGroup var memoryOptions: MemoryOptions
  @OptionGroup var deviceOptions: DeviceOptions

  @Option(
    name: .long,
    help: ArgumentHelp(
      "Count the patches of this data folder, for the time of the run, and measure how fast they are read.",
      valueName: "folder"))
  var data: String?

  @Option(
    name: .long, help: ArgumentHelp("SEN12MS: the folder with its split lists.", valueName: "folder"))
  var labels: String?

  @Option(
    name: .long,
    help: ArgumentHelp(
      "Numbers of training, validation and perhaps test patches: 108912,53643,18106.", valueName: "numbers"))
  var patches: String?

  @Option(
    name: .long,
    help: ArgumentHelp(
      "Height and width of the patches: 64, or 48x40 (default: those of --data or of the manifest, else 256).",
      valueName: "pixels"))
  var size: PatchSize?

  @Flag(name: .long, help: "List every layer instead of the parts of the network.")
  var layers = false

  @Flag(name: .long, help: "Print everything as JSON.")
  var json = false

  func validate() throws {
    try size?.requireSides()
    if data == nil && labels != nil { throw ValidationError("--labels needs --data") }
    if data != nil && patches != nil { throw ValidationError("--patches and --data exclude each other") }
  }

  func run() throws {
    let model = deviceOptions.device.flatMap { Devices.models.contains($0) ? $0 : nil }
    if let name = deviceOptions.device, model == nil, DeviceChoice(named: name) == nil {
      throw InputError(
        .usage, "--device \(shownName(name))",
        "expected \(DeviceChoice.names), or a model of GPU: \(Devices.models.joined(separator: ", "))")
    }
    let overrides =
      batchSizeOptions.overrides + threadOptions.overrides + deviceOptions.overrides + memoryOptions.overrides
    // The model of a GPU is no device on which an experiment can run.
    let experiment = try experimentOptions.experiment(
      flags: model == nil ? overrides : overrides.filter { $0.path != "device" }, data: data)
    let places = try data.map { try DataPlaces.resolve(data: $0, labels: labels).fitting(experiment) }
    let counts = try counts(of: experiment, places)
    let cost = try places.map { try DataCost(experiment, data: $0.data, labels: $0.labels) }
    let device =
      try model.flatMap { try Devices().forecast(named: $0, for: experiment) }
      ?? deviceOptions.makeDevice(experiment)
    let plan = try NetworkPlan(
      experiment, fileSize: size ?? counts?.size ?? experiment.plannedSize, on: device)
    let report = try PlanReport(
      plan, times: plan.measuredTimes(), largestBatch: plan.largestBatch(), patches: counts,
      data: cost, listsLayers: layers)
    Terminal.result(json ? try report.json : report.text(Terminal.style(STDOUT_FILENO)), exact: json)
    for note in plan.limitNotes + [plan.sizeNote].compactMap({ $0 }) { Terminal.error("note: \(note)") }
  }

  /// nil where only a batch is planned.
  private func counts(of experiment: Experiment, _ places: DataPlaces?) throws -> PatchCounts? {
    if let patches { return try PatchCounts(patches, experiment) }
    return try places.map { try PatchCounts(experiment, data: $0.data, labels: $0.labels) }
  }
}
