/// A contradiction between the keys of an experiment.
struct Inconsistency: Error {
  /// The keys that contradict each other.
  let keys: [String]
  let problem: String
  let remedy: String
}

extension Experiment {
  /// The first contradiction, if any.
  var inconsistency: Inconsistency? {
    model.inconsistency ?? model.networkInconsistency ?? dataInconsistency ?? sizeInconsistency
      ?? model.weightsInconsistency ?? inapplicableKey ?? training.inconsistency
  }

  /// A key that was changed although it has no effect.
  private var inapplicableKey: Inconsistency? {
    let defaults = Experiment()
    let changed = ExperimentKey.all.lazy.filter { key in
      !key.applies.isMet(by: self) && key.text(self) != key.text(defaults)
    }
    guard let key = changed.first, let need = key.applies.needs.first else { return nil }
    let deciding = ExperimentKey.of(need.property).path
    let needs = key.applies.needs.map(\.text).joined(separator: " or ")
    return Inconsistency(
      keys: [key.path, deciding],
      problem: "\(key.path) is \(key.text(self)) but has no effect unless \(needs)",
      remedy: "remove it, or change \(deciding)")
  }
}
