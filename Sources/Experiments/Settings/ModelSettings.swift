import Architectures
import Imagery

/// The network and where the sensors meet.
package struct ModelSettings: Equatable, Sendable {
  package var architecture = Architecture.resnet101
  package var fusion = FusionKind.noFusion
  /// One sensor without fusion; with fusion the optical sensor followed by S1.
  package var sensors = [DataSets.defaultChannels]
  /// Middle fusion joins the sensors after this stage: 0 the stem, 1…4 `layer1`…`layer4`.
  package var fusionStage = 2
  /// Weights of the fused feature maps, in the order of `sensors`.
  package var fusionWeights = [1.0, 1.0]
  package var lateTraining = LateTraining.separate
  /// Probability of dropping a feature before the classifier.
  package var dropout = 0.0

  /// The paper's ways of fusion by name; `Fusion` has them and others.
  package enum FusionKind: String, CaseIterable, Sendable {
    /// One sensor.
    case noFusion = "none"
    /// The bands of both sensors enter one network.
    case early
    /// An encoder per sensor, then one network.
    case middle
    /// A network per sensor, logits averaged.
    case late
  }

  package enum LateTraining: String, CaseIterable, Sendable {
    /// Each network on its own loss.
    case separate
    /// Both on the loss of the averaged logits.
    case joint
  }

  /// The error of sensors that the chosen fusion does not take.
  var inconsistency: Inconsistency? {
    let found = sensors.configurationText
    let allowed =
      fusion == .noFusion
      ? DataSets.channels.map { [$0] } : DataSets.optical.map { [$0, DataSets.radar] }
    guard !allowed.contains(sensors) else { return nil }
    let list = allowed.map(\.configurationText).joined(separator: " or ")
    let keys = ["model.sensors", "model.fusion"]
    if fusion == .noFusion {
      return Inconsistency(
        keys: keys, problem: "model.fusion none takes one sensor, found \(found)",
        remedy: sensors.count == 2
          ? "choose model.fusion early, middle or late, or one sensor" : "set model.sensors to \(list)")
    }
    return Inconsistency(
      keys: keys,
      problem: "model.fusion \(fusion.rawValue) takes an optical sensor followed by s1, found \(found)",
      remedy: "set model.sensors to \(list)")
  }
}

extension Architecture: ConfigurationChoice {}
extension ModelSettings.FusionKind: ConfigurationChoice {}
extension ModelSettings.LateTraining: ConfigurationChoice {}

extension Channels: NamedChoice {
  static var known: [Channels] { DataSets.channels }
}

extension ModelSettings {
  static let keys: [ExperimentKey] = [
    .init(
      "model.architecture", \.model.architecture, .any, "depth of the network",
      applies: .always, mustMatch: .init(onResume: true, betweenRanks: true, betweenHalves: true)),
    .init(
      "model.fusion", \.model.fusion, .any, "where two sensors meet; none for a single sensor",
      applies: .always, mustMatch: .init(onResume: true, betweenRanks: true, betweenHalves: false)),
    .init(
      "model.sensors", \.model.sensors, .any,
      "[s1], [s2] or [rgb] without fusion, else [s2, s1] or [rgb, s1]",
      applies: .always, mustMatch: .init(onResume: true, betweenRanks: true, betweenHalves: false)),
    .init(
      "model.fusion_stage", \.model.fusionStage, .range(0...4),
      "middle fusion: after the stem (0) or after layer1 … layer4 (1 … 4)",
      applies: .when(\.model.fusion, is: .middle),
      mustMatch: .init(onResume: true, betweenRanks: true, betweenHalves: false)),
    .init(
      "model.fusion_weights", \.model.fusionWeights, .pair(.positive),
      "middle fusion: weights of the two feature maps, in the order of sensors",
      applies: .when(\.model.fusion, is: .middle),
      mustMatch: .init(onResume: true, betweenRanks: true, betweenHalves: false)),
    .init(
      "model.late_training", \.model.lateTraining, .any,
      "late fusion: a loss for each network, or one on the averaged logits",
      applies: .when(\.model.fusion, is: .late),
      mustMatch: .init(onResume: true, betweenRanks: true, betweenHalves: false)),
    .init(
      "model.dropout", \.model.dropout, .fraction, "share of features dropped before the classifier",
      applies: .always, mustMatch: .init(onResume: true, betweenRanks: true, betweenHalves: false)),
  ]
}
