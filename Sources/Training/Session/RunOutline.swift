import Basics
import Cluster
import Experiments
import Imagery
import Networks
import Presentation

/// The lines that a training prints before its first step: network, data, training, machine, run folder and curves. They
/// show the effect of every change of the configuration.
struct RunOutline {
  let experiment: Experiment
  let splits: PatchSplits
  let shares: StepShares
  let runner: NetworkRunner
  let device: any Device
  /// Peak memory of this process.
  let memory: MemoryEstimate
  let pace: RunPace
  /// The configuration file, and the settings that the command line changes.
  let origin: Experiment.Origin?
  /// The run folder; nil where nothing is written.
  let folder: String?

  /// The title and the text of each line.
  var lines: [(title: String, text: String)] {
    [
      ("network", "\(shownName(experiment.name)): \(NetworkText(experiment).line); \(size)"), ("data", data),
      ("training", training), ("machine", machine), ("out", folder ?? "nothing is written"),
    ] + (curves.map { [("curves", $0)] } ?? [])
  }

  func text(_ style: TextStyle) -> String {
    let width = 1 + (lines.map(\.title.count).max() ?? 0)
    return lines.map { line in
      // `wrapped` merges several spaces between words into one.
      let title = line.title.padding(toLength: width, withPad: " ", startingAt: 0)
      let text = style.wrapped(String(repeating: " ", count: width) + line.text, indent: width)
      return style.bold(title) + text.dropFirst(width)
    }.joined(separator: "\n")
  }

  /// The command that shows the curves while the run goes on; nil where it writes none.
  private var curves: String? {
    guard let folder, experiment.outputs.tensorboard else { return nil }
    return "tensorboard --logdir \(ShellText.quoted(folder))"
  }

  private var size: String {
    "\(NumberText.grouped(runner.state.parameterCount)) parameters"
  }

  private var data: String {
    func text(_ split: Split, _ name: String) -> String {
      let patches = splits[split].patches
      let places = experiment.placeText(patches, splits.catalogue).map { " of \($0)" } ?? ""
      return "\(NumberText.grouped(patches.count)) \(name) patches\(places)"
    }
    let source =
      switch experiment.data.validation {
      case .byScene:
        splits.catalogue.hasClusters ? "\(experiment.placeNoun)s held out" : "a share held out"
      case .list: "by the lists"
      case .paper: "by the paper's lists"
      }
    let isCropped = experiment.data.patchSize.map { PatchSize($0) != splits.fileSize } ?? false
    let crop = experiment.data.patchSize.map {
      ", cropped to \($0)×\($0) \(experiment.data.crop == .random ? "at random" : "in the centre")"
    }
    func isOn(_ value: Bool) -> String { value ? "on" : "off" }
    return "\(text(.train, "training")), \(text(.validation, "validation")) (\(source)); "
      + "\(splits.fileSize) pixels\(isCropped ? crop ?? "" : ""); flips \(isOn(experiment.data.flips)), "
      + "rotations \(isOn(experiment.data.rotations))"
  }

  private var training: String {
    let training = experiment.training
    let decay = training.weightDecay == 0 ? "" : ", weight decay \(training.weightDecay)"
    let steps = shares.steps().batches.count
    return
      "\(training.optimizer.rawValue), learning rate \(experiment.learningRate(ranks: shares.ranks))\(decay), "
      + "batch \(shares.batchSize): \(NumberText.grouped(steps)) \(steps == 1 ? "step" : "steps") an epoch, "
      + counted(training.epochs, "epoch") + (experiment.learningText.map { "; learns \($0)" } ?? "")
      + (origin.map { "; \($0.text)" } ?? "")
  }

  /// "NVIDIA H100 80GB HBM3 (cuda:0)", or "2 threads, AVX-512".
  private var computer: String {
    if let model = device.model { return "\(model) (\(device.name))" }
    return "\(counted(device.threads, "thread")), \(device.facts(experiment.precision).instructions)"
  }

  /// "5.20 GB of memory (balanced)"; with a GPU "9.80 GB of its memory (balanced), 3.10 GB of the machine's".
  private var memoryText: String {
    let machine = NumberText.bytes(memory.total)
    guard let accelerator = memory.accelerator else {
      return "\(machine) of memory\(shares.ranks == 1 ? "" : " a rank") (\(experiment.memory.rawValue))"
    }
    return
      "\(NumberText.bytes(accelerator.total)) of its memory (\(experiment.memory.rawValue)), \(machine) of the machine's"
  }

  private var machine: String {
    let ranks = shares.ranks == 1 ? "" : "\(shares.ranks) ranks, "
    let disk = MemoryEstimate.checkpointBytes(
      parameters: runner.state.parameterCount, statistics: runner.state.statisticCount,
      experiment.optimizerRule)
    return [
      "\(ranks)\(computer), \(experiment.precision.rawValue)",
      memoryText,
      "three checkpoints of \(NumberText.bytes(disk))", pace.text,
      // A note says why where the device was to be chosen.
      device.name == "cpu" && device.notes.isEmpty && GPUDevices.arePresent
        ? "the GPU of this machine is not used" : nil,
    ].compactMap { $0 }.joined(separator: "; ")
  }
}

extension Experiment {
  /// The origin of an experiment: a configuration file and the settings of the command line.
  package struct Origin: Equatable, Sendable {
    /// The configuration file.
    package let file: String
    /// Settings of the command line with their values: `training.epochs=30`.
    package let settings: [String]

    /// - Parameter overrides: overrides of the command line, in order.
    package init(file: String, overrides: [Override], of experiment: Experiment) {
      self.file = file
      var paths: [String] = []
      for path in overrides.map(\.path) where !paths.contains(path) { paths.append(path) }
      settings = paths.compactMap { path in
        ExperimentKey.byPath[path].map { "\(path)=\($0.text(experiment))" }
      }
    }

    var text: String {
      file.printable + (settings.isEmpty ? "" : " with \(settings.joined(separator: ", ").printable)")
    }
  }
}
