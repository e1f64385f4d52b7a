import ArgumentParser
import Basics
import Benchmarks
import CAllocations
import Cluster
import Foundation
import Presentation
import Training

extension Benchmark.Part: ExpressibleByArgument {}

struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench",
    abstract: "Measure how fast this machine trains, evaluates and reads.",
    discussion: """
      Images are random, files synthetic unless --data is given. Without --config the network is ResNet101 on both \
      sensors stacked, 8 patches a batch. scripts/bench/compare.sh measures PyTorch too. Under \
      mpirun or srun the ranks take training steps together, each with a batch of its own.
      """)

  @OptionGroup var experimentOptions: ExperimentOptions
  @OptionGroup var batchSizeOptions: BatchSizeOptions
  @OptionGroup var threadOptions: ThreadOptions
  @OptionGroup var memoryOptions: MemoryOptions
  @OptionGroup var deviceOptions: DeviceOptions
  @OptionGroup var rankOptions: RankOptions

  @Option(
    name: .long,
    help: ArgumentHelp(
      "Height and width of the patches: 64, or 48x40 (default: those of --data or of the manifest, else 256).",
      valueName: "pixels"))
  var size: PatchSize?

  @Option(name: .long, help: "How often each thing is measured, after two runs to warm up.")
  var repeats = 5

  @Option(name: .long, help: "Measure only this part.")
  var only: Benchmark.Part?

  @Option(
    name: .long,
    help: ArgumentHelp("Read this data folder instead of a synthetic sample.", valueName: "folder"))
  var data: String?

  @Option(
    name: .long,
    help: ArgumentHelp("SEN12MS: the folder with its split lists and labels.", valueName: "folder"))
  var labels: String?

  @Flag(name: .long, help: "List the convolutions by shape; --only kernels lists them always.")
  var layers = false

  @Flag(name: .long, help: "Print everything as JSON.")
  var json = false

  @OptionGroup var output: OutputOptions

  func validate() throws {
    try size?.requireSides()
    guard (1...10_000).contains(repeats) else {
      throw ValidationError("--repeats \(repeats): expected 1 to 10000")
    }
    if data == nil && labels != nil { throw ValidationError("--labels needs --data") }
  }

  func run() throws {
    guard try Ranks.run(run(among:)) else { throw ExitCode(1) }
  }

  /// - Returns: whether the first rank could print the result, on all ranks.
  private func run(among ranks: Ranks) throws -> Bool {
    var benchmark = try ranks.agree { try makeBenchmark(progress: ranks.isFirst ? output.progress : .silent) }
    let threads = try ranks.agree { try benchmark.experiment.threadCount }
    try ranks.requireCores(threads: threads, oversubscribe: rankOptions.oversubscribe)
    benchmark.communicator = ranks.communicator
    ma_count()
    if ma_allocations() >= 0 { benchmark.allocations = { Int(ma_allocations()) } }
    let report = BenchmarkReport(try benchmark.run(), listsLayers: layers || only == .kernels)
    return try ranks.firstTells {
      Terminal.write(json ? try report.json : report.text(Terminal.style(STDOUT_FILENO)), exact: json)
    }
  }

  private func makeBenchmark(progress: ProgressReporter) throws -> Benchmark {
    let flags =
      batchSizeOptions.overrides + threadOptions.overrides + deviceOptions.overrides + memoryOptions.overrides
    let experiment = try experimentOptions.experiment(
      default: Benchmark.defaultExperiment, flags: flags, data: data)
    let places = try data.map { try DataPlaces.resolve(data: $0, labels: labels).fitting(experiment) }
    let found =
      try size ?? places.flatMap { try PatchCounts(experiment, data: $0.data, labels: $0.labels).size }
    return try Benchmark(
      experiment, fileSize: found ?? experiment.plannedSize, on: deviceOptions.makeDevice(experiment),
      only: only,
      repeats: repeats, source: places.map { ($0.data, $0.labels) }, progress: progress)
  }
}
