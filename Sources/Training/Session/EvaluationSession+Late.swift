import Basics
import Experiments
import Imagery

/// Late fusion of networks that were trained apart, on one sensor each.
extension EvaluationSession {
  /// A network of one sensor: the path of its checkpoint and its experiment.
  typealias Half = (path: String, experiment: Experiment)

  /// Names of inputs in the order in which two networks of SEN12MS are fused.
  private static let (optical, radar) = (["s2", "rgb"], "s1")

  /// The experiment of a network of Sentinel-1 and one of Sentinel-2 that are fused late.
  /// - Throws: `InputError` (checkpoint) for networks that do not fit their flags or each other.
  static func lateFusion(s1: Half, s2: Half) throws -> Experiment {
    for (flag, half, allowed) in [
      ("--checkpoint-s1", s1, [radar]), ("--checkpoint-s2", s2, optical),
    ] {
      let names = half.experiment.inputs.map(\.name)
      guard names.count != 1 || !allowed.contains(names[0]) else { continue }
      throw InputError(
        .checkpoint, "\(flag) \(half.path)", "is a network for \(names.joined(separator: " and "))",
        remedy: "give a network for \(allowed.joined(separator: " or ")) alone")
    }
    return try lateFusion([s1, s2])
  }

  /// The experiment of two or more networks that are fused late. Their sensors are stacked in the order of the networks, and
  /// s2 or rgb before s1 where these two are alone.
  /// - Throws: `InputError` (checkpoint) for networks that do not fit together.
  static func lateFusion(_ networks: [Half]) throws -> Experiment {
    precondition(networks.count >= 2, "fusion takes two networks or more")
    let first = networks[0]
    for (index, network) in networks.enumerated() {
      let names = network.experiment.inputs.map(\.name)
      guard names.count == 1 else {
        throw InputError(
          .checkpoint, network.path, "is a network for \(names.joined(separator: " and "))",
          remedy: "give networks for one sensor each")
      }
      if let twin = networks[..<index].first(where: { $0.experiment.inputs[0].name == names[0] }) {
        throw InputError(
          .checkpoint, network.path, "is a network for \(names[0]), as \(twin.path) is",
          remedy: "give networks for different sensors")
      }
      guard network.experiment.manifest == first.experiment.manifest else {
        throw InputError(
          .checkpoint, network.path,
          "was trained on \(network.experiment.manifest.name), but \(first.path) on another data set, or with another "
            + "version of its manifest",
          remedy: "fuse networks that were trained on the same data set")
      }
      if let key = first.experiment.mismatch(with: network.experiment, \.betweenHalves) {
        let (text, other) = (key.text(network.experiment), key.text(first.experiment))
        throw InputError(
          .checkpoint, network.path,
          "was trained with \(key.path) \(text), but \(first.path) with \(other)",
          remedy: "fuse networks of the same architecture, labels and patch size")
      }
    }
    let order = stackingOrder(networks.map(\.experiment))
    let experiments = order.map { networks[$0].experiment }
    var experiment = experiments[0]
    experiment.data.nan = nanPolicy(experiments)
    if Set(experiments.map(\.precision)).count > 1 { experiment.precision = .fp32 }
    experiment.name = "late"
    experiment.model.fusion = .late
    experiment.model.sensors = experiments.flatMap(\.model.sensors)
    for half in experiments {
      for name in half.model.sensors { experiment.data.sensors[name] = half.data.sensors[name] }
    }
    return experiment
  }

  /// The places of the networks in the order in which their sensors are stacked.
  private static func stackingOrder(_ experiments: [Experiment]) -> [Int] {
    let names = experiments.map { $0.inputs[0].name }
    return names.count == 2 && names[0] == radar && optical.contains(names[1])
      ? [1, 0] : Array(names.indices)
  }

  /// One policy holds for all sensors: Sentinel-1's where it is there, because it has missing samples more often; else the
  /// first that does not refuse missing samples.
  private static func nanPolicy(_ experiments: [Experiment]) -> NaNPolicy {
    let policies = experiments.map(\.data.nan)
    let place = experiments.firstIndex { $0.inputs[0].name == radar }
    return place.map { policies[$0] } ?? policies.first { $0 != .fail } ?? .fail
  }

  /// The networks with the prefixes of their branches: "s1.".
  static func branches(_ models: [TrainedModel]) -> [(model: TrainedModel, prefix: String)] {
    models.map { ($0, $0.experiment.inputs[0].name + ".") }
  }

  /// The statistics of all sensors, each from the network that was trained on it.
  /// - Throws: `InputError` (checkpoint) for networks of one sensor that were normalised differently.
  static func normalisation(of models: [TrainedModel]) throws -> Normalisation {
    let ordered = stackingOrder(models.map(\.experiment)).map { models[$0] }
    let all = ordered.dropFirst().reduce(ordered[0].normalisation) { all, model in
      all.taking(model.experiment.sensors.map(\.name), from: model.normalisation)
    }
    for model in ordered {
      let input = model.experiment.inputs[0]
      if all.covers(input), model.normalisation[input] == all[input] { continue }
      throw InputError(
        .checkpoint, model.file.path,
        "was trained with other statistics of \(input.sensor.title) than another of the networks",
        remedy: "fuse networks that were trained with the same normalisation")
    }
    return all
  }
}
