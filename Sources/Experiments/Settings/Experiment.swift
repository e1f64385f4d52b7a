import DataSets
import Imagery
import Networks

/// The settings of a run, without the places of its files. They are read from a configuration file, `--set` and flags,
/// and written in full into the run folder and every checkpoint.
///
/// A property that does not apply to the chosen fusion, labels or optimizer has its default. Each group lies in a
/// file of its own, with its keys below it.
public struct Experiment: Equatable, Sendable {
  /// Name of the run in tables.
  package var name = "experiment"
  /// The name of the device that computes; `auto` means the fastest of the machine, see `Devices`.
  package var device = "auto"
  /// Number of threads that compute; nil for one thread on each usable core.
  package var threads: Int?
  /// The type in which activations are kept and convolutions multiply.
  package var precision = Precision.fp32
  /// How a training step weighs memory against time.
  package var memory = MemoryMode.balanced
  package var model = ModelSettings()
  package var labels = LabelSettings()
  package var data = DataSettings()
  package var training = TrainingSettings()
  package var evaluation = EvaluationSettings()
  package var cluster = ClusterSettings()
  package var outputs = OutputSettings()
  /// The data set. It is no key: `data.manifest` or the data folder names it, and checkpoints keep its text.
  package var manifest = Manifest.sen12ms
  /// The classes of a network that is evaluated on another data set than it was trained on, in the order of its outputs;
  /// nil where `labels.scheme` says which they are.
  package var schemeOfNetwork: ClassScheme?

  package init() {}
}

extension Precision: ConfigurationChoice {}
extension MemoryMode: ConfigurationChoice {}

extension Experiment {
  /// The keys without a group.
  static let keys: [ExperimentKey] = [
    .init(
      "name", \.name, .notEmpty, "name of the run in tables",
      applies: .always, mustMatch: .init(onResume: true, betweenRanks: true, betweenHalves: false)),
    .init(
      "device", \.device, .device,
      "what computes: cpu, cuda (a GPU), cuda:N, or auto for a GPU where one works",
      applies: .always, mustMatch: .init(onResume: false, betweenRanks: true, betweenHalves: false)),
    .init(
      "threads", \.threads, .optional(.range(1...1024)), "threads that compute; null for one per core",
      applies: .always, mustMatch: .init(onResume: false, betweenRanks: false, betweenHalves: false)),
    .init(
      "precision", \.precision, .any, "number type of activations and of the operands of convolutions",
      applies: .always, mustMatch: .init(onResume: true, betweenRanks: true, betweenHalves: false)),
    .init(
      "memory", \.memory, .any,
      "low: less memory for a slower training step; results are the same either way",
      applies: .always, mustMatch: .init(onResume: false, betweenRanks: true, betweenHalves: false)),
  ]
}
