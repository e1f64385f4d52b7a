import ArgumentParser
import Experiments

/// How many patches are computed at once.
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

/// How training weighs memory against time.
struct MemoryOptions: ParsableArguments {
  @Option(
    name: .long,
    help: ArgumentHelp(
      "Memory in training: balanced, or low for less of it and slower steps.", valueName: "mode"))
  var memory: String?

  var overrides: [Experiment.Override] {
    memory.map { [.init(flag: "--memory", path: "memory", value: $0)] } ?? []
  }
}

/// How many cores are used.
struct ThreadOptions: ParsableArguments {
  @Option(name: .long, help: "Threads that compute (default: one per usable core).")
  var threads: Int?

  var overrides: [Experiment.Override] {
    threads.map { [.init(flag: "--threads", path: "threads", value: "\($0)")] } ?? []
  }
}
