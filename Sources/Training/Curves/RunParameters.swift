import Experiments
import TensorBoard

extension HyperParameters {
  /// The settings that decide on the results of a run, and the results of its best epoch.
  init(_ experiment: Experiment) {
    let keys = ExperimentKey.all.filter { key in
      key.path != "name" && (key.mustMatch.onResume || key.path == "training.epochs")
    }
    self.init(
      settings: keys.map { key in (key.path, key.effectiveText(experiment).flatMap(Value.init(text:))) },
      results: EpochCurves.results,
      first: [
        "model.architecture", "model.fusion", "model.sensors", "training.learning_rate", "training.seed",
      ])
  }
}

extension HyperParameters.Value {
  /// The value of a configuration text; nil for null.
  fileprivate init?(text: String) {
    switch text {
    case "null": return nil
    case "true", "false": self = .truth(text == "true")
    default:
      if let number = Double(text), number.isFinite { self = .number(number) } else { self = .text(text) }
    }
  }
}
