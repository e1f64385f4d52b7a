import ArgumentParser
import SEN12MS
import Training

struct PlanCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan",
    abstract: "Say what an experiment takes: layers, arithmetic, kernels, peak memory and time.",
    discussion: """
      Needs no data. The peak memory is that of the whole process: what 'train' and 'test' will be seen to use, \
      to about 5 %. The time is that of a batch on this machine when nothing else runs on it, to about 25 %; of \
      batches that take less than 0.05 s to about 35 %. Rates are measured in about a second, the rest follows from \
      what the kernels do.
      """)

  @OptionGroup var experimentOptions: ExperimentOptions
  @OptionGroup var batchSizeOptions: BatchSizeOptions
  @OptionGroup var threadOptions: ThreadOptions
  @OptionGroup var memoryOptions: MemoryOptions
  @OptionGroup var kernelOptions: KernelOptions

  @Option(name: .long, help: ArgumentHelp("Height and width of the patches.", valueName: "pixels"))
  var size = 256

  @Flag(name: .long, help: "List every layer instead of the parts of the network.")
  var layers = false

  @Flag(name: .long, help: "Print everything as JSON.")
  var json = false

  func validate() throws {
    guard (32...65536).contains(size) else {
      throw ValidationError("--size \(size): expected 32 to 65536 pixels")
    }
  }

  func run() throws {
    let experiment = try experimentOptions.experiment(
      flags: batchSizeOptions.overrides + threadOptions.overrides + kernelOptions.overrides
        + memoryOptions.overrides)
    let plan = try NetworkPlan(
      experiment, fileSize: PatchSize(size), kernels: kernelOptions.path(for: experiment))
    let report = try PlanReport(plan, times: plan.measuredTimes(), listsLayers: layers)
    Terminal.result(json ? try report.json : report.text, exact: json)
    for note in plan.limitNotes { Terminal.error("note: \(note)") }
  }
}
