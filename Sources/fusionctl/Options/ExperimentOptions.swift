import ArgumentParser
import Basics
import Experiments

/// The options that name an experiment: a configuration file and changes of its keys.
struct ExperimentOptions: ParsableArguments {
  @Option(
    name: .long,
    help: ArgumentHelp(
      "The experiment: a YAML file, or a shipped one such as middle or demo/s2. A file of that name is preferred.",
      valueName: "file"))
  var config: String?

  @Option(
    name: .customLong("set"), parsing: .upToNextOption,
    help: ArgumentHelp(
      "Change keys of the experiment, e.g. training.learning_rate=0.002; 'fusionctl keys' lists them.",
      valueName: "key=value"))
  var settings: [String] = []

  /// The experiment of `--config` or, without `--config`, of the file `path`, with all changes.
  /// - Parameters:
  ///   - flags: further flags that set keys; they are applied last.
  ///   - data: the data folder, which may have a manifest; nil where none is known.
  /// - Throws: `InputError` for an absent or wrong configuration or manifest, or a wrong change.
  func experiment(
    path: String? = nil, flags: [Experiment.Override] = [], data: String? = nil
  ) throws -> Experiment {
    guard let file = config ?? path else {
      throw InputError(
        .usage, "--config", "no experiment is given",
        remedy: "name a file, or a shipped configuration such as middle")
    }
    if let shipped = try ShippedConfiguration.named(file) {
      return try Experiment(
        yaml: shipped.text, source: shipped.name, overrides: overrides(flags),
        manifest: .found(dataFolder: data))
    }
    return try Experiment(
      contentsOf: file, overrides: overrides(flags), manifest: .found(dataFolder: data))
  }

  /// The experiment of `--config` or, without `--config`, of the text `yaml`, with all changes.
  /// - Parameter yaml: text of a configuration; nil for the defaults of all keys.
  func experiment(
    default yaml: String?, flags: [Experiment.Override], data: String? = nil
  ) throws -> Experiment {
    guard config == nil else { return try experiment(flags: flags, data: data) }
    return try Experiment(yaml: yaml, overrides: overrides(flags), manifest: .found(dataFolder: data))
  }

  /// The experiment of `--config` or, without `--config`, of a run's configuration, else of the defaults, with all changes.
  /// - Parameter saved: path of the configuration of a run; nil for none.
  func experiment(of saved: String?, data: String) throws -> Experiment {
    guard let saved else { return try experiment(default: nil, flags: [], data: data) }
    return try experiment(path: saved, data: data)
  }

  /// The origin of the experiment that `experiment(path:flags:)` has made.
  func origin(path: String?, flags: [Experiment.Override], of experiment: Experiment) throws -> Experiment
    .Origin?
  {
    try (config ?? path).map { try Experiment.Origin(file: $0, overrides: overrides(flags), of: experiment) }
  }

  /// The experiment of `--config` or, without `--config`, `own`, with all changes.
  func experiment(or own: @autoclosure () throws -> Experiment) throws -> Experiment {
    guard config == nil else { return try experiment() }
    var experiment = try own()
    try experiment.apply(overrides([]))
    return experiment
  }

  private func overrides(_ flags: [Experiment.Override]) throws -> [Experiment.Override] {
    try settings.map(Experiment.Override.init(setting:)) + flags
  }
}
