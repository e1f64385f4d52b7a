import ArgumentParser
import Experiments

/// The batch size.
struct BatchSizeOptions: ParsableArguments {
  @Option(
    name: .long, help: ArgumentHelp("Patches a batch, in training and evaluation.", valueName: "patches"))
  var batchSize: Int?

  var overrides: [Experiment.Override] {
    guard let batchSize else { return [] }
    return ["training.batch_size", "evaluation.batch_size"].map {
      .init(flag: "--batch-size", path: $0, value: "\(batchSize)")
    }
  }
}

/// The memory mode of training.
struct MemoryOptions: ParsableArguments {
  @Option(
    name: .long,
    help: ArgumentHelp(
      "Memory mode of training: balanced, or low for less memory and slower steps.", valueName: "mode"))
  var memory: String?

  var overrides: [Experiment.Override] {
    memory.map { [.init(flag: "--memory", path: "memory", value: $0)] } ?? []
  }
}

/// The number of threads.
struct ThreadOptions: ParsableArguments {
  @Option(name: .long, help: "Threads that compute (default: one per usable core).")
  var threads: Int?

  var overrides: [Experiment.Override] {
    threads.map { [.init(flag: "--threads", path: "threads", value: "\($0)")] } ?? []
  }
}
