import ArgumentParser
import Tensors
import Training

/// Which experiment: a configuration file and what is changed in it.
struct ExperimentOptions: ParsableArguments {
  @Option(name: .long, help: "The experiment, YAML (see configs/).")
  var config: String?

  @Option(name: .customLong("set"), help: "Change a key of the experiment, e.g. training.learning_rate=0.002.")
  var settings: [String] = []

  @Option(name: .long, help: "Epochs to train (training.epochs).")
  var epochs: Int?

  @Option(name: .long, help: "Patches a batch, in training and evaluation.")
  var batchSize: Int?

  @Option(name: .long, help: "Threads that compute (default: one per usable core).")
  var threads: Int?

  /// The experiment of the file `path`, or of `--config`, with all changes.
  func experiment(path: String? = nil) throws -> Experiment {
    guard let file = config ?? path else {
      throw InputError(.usage, "--config", "no experiment is given", remedy: "name a file such as configs/middle.yaml")
    }
    return try Experiment(contentsOf: file, overrides: try overrides())
  }

  private func overrides() throws -> [Experiment.Override] {
    var overrides = try settings.map(Experiment.Override.init(setting:))
    if let epochs { overrides.append(.init(flag: "--epochs", path: "training.epochs", value: "\(epochs)")) }
    if let batchSize {
      for path in ["training.batch_size", "evaluation.batch_size"] {
        overrides.append(.init(flag: "--batch-size", path: path, value: "\(batchSize)"))
      }
    }
    if let threads { overrides.append(.init(flag: "--threads", path: "threads", value: "\(threads)")) }
    return overrides
  }
}

/// Where the patches and their labels are.
struct DataOptions: ParsableArguments {
  @Option(name: .long, help: "The SEN12MS folder (ROIs1158_spring/s2_1/…).")
  var data: String

  @Option(name: .long, help: "The folder with split lists and IGBP_probability_labels.pkl.")
  var labels: String
}

/// How much is said.
struct OutputOptions: ParsableArguments {
  @Flag(name: [.long, .short], help: "Print no progress.")
  var quiet = false

  var progress: ProgressReporter { ProgressReporter(quiet: quiet) }
}
