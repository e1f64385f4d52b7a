/// A contradiction between the keys of an experiment.
struct Inconsistency {
  /// The keys that contradict each other.
  let keys: [String]
  let problem: String
  let remedy: String
}

extension Experiment {
  /// The first contradiction, if any.
  var inconsistency: Inconsistency? {
    sensorInconsistency ?? inapplicableKey
      ?? (training.nesterov && training.momentum == 0
        ? Inconsistency(
          keys: ["training.nesterov", "training.momentum"],
          problem: "training.nesterov needs a training.momentum above 0",
          remedy: "set training.momentum, or training.nesterov: false") : nil)
  }

  private var sensorInconsistency: Inconsistency? {
    let found = model.sensors.configurationText
    let allowed =
      model.fusion == .noFusion
      ? DataSets.channels.map { [$0] } : DataSets.optical.map { [$0, DataSets.radar] }
    guard !allowed.contains(model.sensors) else { return nil }
    let list = allowed.map(\.configurationText).joined(separator: " or ")
    let keys = ["model.sensors", "model.fusion"]
    if model.fusion == .noFusion {
      return Inconsistency(
        keys: keys, problem: "model.fusion none takes one sensor, found \(found)",
        remedy: model.sensors.count == 2
          ? "choose model.fusion early, middle or late, or one sensor" : "set model.sensors to \(list)")
    }
    return Inconsistency(
      keys: keys,
      problem: "model.fusion \(model.fusion.rawValue) takes an optical sensor followed by s1, found \(found)",
      remedy: "set model.sensors to \(list)")
  }

  /// A key that was changed though nothing reads it.
  private var inapplicableKey: Inconsistency? {
    let conditions: [(applies: Bool, need: (key: String, value: String), keys: [String])] = [
      (model.fusion == .middle, ("model.fusion", "middle"), ["model.fusion_stage", "model.fusion_weights"]),
      (model.fusion == .late, ("model.fusion", "late"), ["model.late_training"]),
      (labels.type == .multi, ("labels.type", "multi"), ["labels.threshold"]),
      (
        data.validation == .byScene, ("data.validation", "by_scene"), ["data.validation_fraction"]
      ),
      (
        data.validation == .byScene || data.limit != nil,
        ("data.validation", "by_scene or data.limit is set"), ["data.split_seed"]
      ),
      (data.patchSize != nil, ("data.patch_size", "set"), ["data.crop"]),
      (training.optimizer == .adam, ("training.optimizer", "adam"), ["training.betas", "training.epsilon"]),
      (
        training.batchScope == .rank, ("training.batch_scope", "rank"), ["training.learning_rate_scaling"]
      ),
      (
        training.optimizer == .sgd, ("training.optimizer", "sgd"), ["training.momentum", "training.nesterov"]
      ),
    ]
    let defaults = Experiment()
    for condition in conditions where !condition.applies {
      for path in condition.keys {
        guard let key = ExperimentKey.byPath[path], key.text(self) != key.text(defaults) else { continue }
        let (needed, value) = condition.need
        return Inconsistency(
          keys: [path, needed],
          problem: "\(path) is \(key.text(self)) but has no effect unless \(needed) is \(value)",
          remedy: "remove it, or change \(needed)")
      }
    }
    return nil
  }
}
