import Architectures
import Imagery

/// The network and where the sensors meet.
package struct ModelSettings: Equatable, Sendable {
  package var architecture = Architecture.resnet101
  package var stem = Stem.sevenBySeven
  package var head = HeadKind.auto
  package var fusion = FusionKind.noFusion
  /// Names of the inputs: one without fusion, else two or more.
  package var sensors: [DataName] = ["s2"]
  /// Middle fusion joins the sensors after these stages, in increasing order: 0 the stem, 1…4 `layer1`…`layer4`.
  package var fusionStages = [2]
  /// How middle and late fusion join the sensors.
  package var join = JoinKind.mean
  /// Weights of the fused feature maps, in the order of `sensors`. The default means equal weights, of any number of
  /// sensors: `weights` has one for each.
  package var fusionWeights = [1.0, 1.0]
  package var lateTraining = LateTraining.separate
  /// The share of features that dropout zeroes before the classifier; nil for the published shares of the network. A
  /// network without published shares has 0.
  package var dropout: Double? = 0

  /// The paper's ways of fusion by name; `Fusion` has them and others.
  package enum FusionKind: String, CaseIterable, Sendable {
    /// One sensor.
    case noFusion = "none"
    /// The bands of all sensors enter one network.
    case early
    /// An encoder per sensor, then one network.
    case middle
    /// A network per sensor, logits averaged.
    case late
  }

  package enum LateTraining: String, CaseIterable, Sendable {
    /// Each network on its own loss.
    case separate
    /// All on the loss of the averaged logits.
    case joint
  }

  /// The error of sensors that the chosen fusion does not take.
  var inconsistency: Inconsistency? {
    let found = sensors.configurationText
    let keys = ["model.sensors", "model.fusion"]
    guard (fusion == .noFusion) != (sensors.count == 1) else { return nil }
    return fusion == .noFusion
      ? Inconsistency(
        keys: keys, problem: "model.fusion none takes one sensor, found \(found)",
        remedy: "choose model.fusion early, middle or late, or one sensor")
      : Inconsistency(
        keys: keys, problem: "model.fusion \(fusion.rawValue) takes two sensors or more, found \(found)",
        remedy: "name two sensors of the data set, or more, in model.sensors")
  }
}

extension ModelSettings {
  /// Sets what follows from the architecture, when all keys are known.
  /// - Parameter isDropoutOpen: whether nothing says which dropout the network has.
  mutating func settle(isDropoutOpen: Bool) {
    if backbone.dropouts.isEmpty {
      dropout = dropout ?? 0
    } else if isDropoutOpen {
      dropout = nil
    }
  }

  /// One weight for each sensor that middle fusion joins: 1 each unless `fusionWeights` says otherwise.
  package var weights: [Double] {
    get {
      guard fusion == .middle, fusionWeights.allSatisfy({ $0 == 1 }) else { return fusionWeights }
      return sensors.map { _ in 1 }
    }
    // Weights of 1 become the default, so that experiments with the same weights are equal.
    set { fusionWeights = newValue.allSatisfy { $0 == 1 } ? ModelSettings().fusionWeights : newValue }
  }

  /// The error of weights that are not one for each sensor.
  var weightsInconsistency: Inconsistency? {
    guard fusion == .middle, weights.count != sensors.count else { return nil }
    return Inconsistency(
      keys: ["model.fusion_weights", "model.sensors"],
      problem: "model.fusion_weights has \(weights.count) entries for \(sensors.count) sensors",
      remedy: "give one weight for each of \(sensors.configurationText)")
  }
}

extension Architecture: ConfigurationChoice {}
extension Stem: ConfigurationChoice {}
extension ModelSettings.FusionKind: ConfigurationChoice {}
extension ModelSettings.LateTraining: ConfigurationChoice {}

extension ModelSettings {
  static let keys: [ExperimentKey] = [
    .init(
      "model.architecture", \.model.architecture, .any, "the network: family and depth",
      applies: .always, mustMatch: .init(onResume: true, betweenRanks: true, betweenHalves: true)),
    .init(
      "model.stem", \.model.stem, .any,
      "first convolution: 7x7 of stride 2 and a max pool, or 3x3 of stride 1 and none, for small patches",
      applies: .always, mustMatch: .init(onResume: true, betweenRanks: true, betweenHalves: true)),
    .init(
      "model.head", \.model.head, .any,
      "layers behind the last stage: pooled (VGG, DenseNet, ResNet; any image size), flatten (VGG, DenseNet, DFN; one size), "
        + "mlp (DFNN2); auto for pooled where the network has it, else for its only head",
      applies: .always, mustMatch: .init(onResume: true, betweenRanks: true, betweenHalves: true)),
    .init(
      "model.fusion", \.model.fusion, .any, "where the sensors meet; none for a single sensor",
      applies: .always, mustMatch: .init(onResume: true, betweenRanks: true, betweenHalves: false)),
    .init(
      "model.sensors", \.model.sensors, .distinct(),
      "sensors of the data set by name: one without fusion, else two or more; of SEN12MS s1, s2 and rgb",
      applies: .always, mustMatch: .init(onResume: true, betweenRanks: true, betweenHalves: false)),
    .init(
      "model.fusion_stages", \.model.fusionStages, .stages,
      "middle fusion: after the stem (0) or after layer1 … layer4 (1 … 4), or after several of them: [1, 3]. Earlier versions "
        + "had fusion_stage, which is still read",
      applies: .when(\.model.fusion, is: .middle),
      mustMatch: .init(onResume: true, betweenRanks: true, betweenHalves: false)),
    .init(
      "model.join", \.model.join, .any,
      "how sensors are joined. Middle fusion: mean, concat (1×1 convolution), gated (a gate for each pixel), se (weights of "
        + "channels), attention. Late fusion: mean, class_weights",
      applies: .when(\.model.fusion, is: .middle).or(.when(\.model.fusion, is: .late)),
      mustMatch: .init(onResume: true, betweenRanks: true, betweenHalves: false)),
    .init(
      "model.fusion_weights", \.model.weights, .several(.positive),
      "middle fusion by mean: weights of the feature maps, in the order of sensors",
      applies: .when(\.model.fusion, is: .middle),
      mustMatch: .init(onResume: true, betweenRanks: true, betweenHalves: false)),
    .init(
      "model.late_training", \.model.lateTraining, .any,
      "late fusion: a loss for each network, or one on the joined logits",
      applies: .when(\.model.fusion, is: .late),
      mustMatch: .init(onResume: true, betweenRanks: true, betweenHalves: false)),
    .init(
      "model.dropout", \.model.dropout, .optional(.fraction),
      "share of features dropped before the classifier; in VGG, DFN and DFNN2 behind each hidden linear layer. These "
        + "have null where nothing is said: the published shares, 0.5 in VGG and DFN, 0.5, 0.55, 0.5 in DFNN2",
      applies: .always, mustMatch: .init(onResume: true, betweenRanks: true, betweenHalves: false)),
  ]
}
