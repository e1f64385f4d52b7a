import Basics
import DataSets
import Experiments
import Imagery

/// Evaluations on other data than a network was trained on.
extension EvaluationSession {
  /// The keys that an evaluation may change: they concern the data, not the network.
  private static let changeable: Set<String> = [
    "data.manifest", "data.sensors", "data.nan", "data.missing", "data.seasons", "data.leakage",
    "data.workers",
    "data.prefetch", "data.verify", "labels.empty", "evaluation.batch_size",
  ]

  /// Checks the changes of a command line to the experiment of a trained network.
  /// - Throws: `InputError` (usage) for a key of the network or of its training.
  package static func requireChangeable(_ changes: [Experiment.Override]) throws {
    for change in changes {
      let isInput = change.path.hasPrefix("data.sensors.")
      guard !isInput, !changeable.contains(change.path) else { continue }
      throw InputError(
        .usage, change.origin, "a trained network keeps its \(change.path)",
        remedy: "an evaluation can change " + changeable.sorted().joined(separator: ", "))
    }
  }

  /// A trained network's experiment and normalisation on the data set of a folder.
  /// - Parameters:
  ///   - data: path of the data folder; nil for the data set of the training.
  ///   - changes: changes of keys; `data.manifest` and `data.sensors` choose another data set and its sensors.
  /// - Throws: `InputError` where the network does not fit the data set, see `Experiment.moved`.
  static func moved(
    _ experiment: Experiment, _ normalisation: Normalisation, data: String?, changes: [Experiment.Override]
  ) throws -> (Experiment, Normalisation) {
    let choosing = changes.filter { $0.path == "data.manifest" || $0.path.hasPrefix("data.sensors") }
    let choice = try Experiment.DataChoice(choosing)
    let other = try ManifestSource.chosen(key: choice.manifest, folder: data) ?? experiment.manifest
    var result = (experiment, normalisation)
    if !other.isLike(experiment.manifest) || !choice.inputs.names.isEmpty {
      result = try experiment.moved(to: other, choices: choice.inputs, normalisation)
      if let manifest = choice.manifest { result.0.data.manifest = manifest }
    }
    let rest = changes.filter { change in !choosing.contains { $0 == change } }
    try result.0.apply(rest)
    return result
  }
}
