import Architectures

/// How the sensors are joined.
extension ModelSettings {
  /// The joins of middle and late fusion by name.
  package enum JoinKind: String, CaseIterable, Sendable {
    /// The weighted mean of features, or the mean of logits.
    case mean
    /// Channels stacked and projected back.
    case concat
    /// A gate between two sensors for every channel and pixel.
    case gated
    /// Weights of channels that follow from all sensors' means ("squeeze and excitation").
    case se
    /// Attention of two sensors to each other.
    case attention
    /// Weights of the sensors' logits, learnt for every class.
    case classWeights = "class_weights"

    /// The way of fusion that has the join; mean belongs to both.
    fileprivate var fusions: [FusionKind] {
      switch self {
      case .mean: [.middle, .late]
      case .concat, .gated, .se, .attention: [.middle]
      case .classWeights: [.late]
      }
    }

    fileprivate static func names(for fusion: FusionKind) -> String {
      let names = allCases.filter { $0.fusions.contains(fusion) }.map(\.rawValue)
      return names.dropLast().joined(separator: ", ") + " or " + names.last!
    }

    /// Whether it joins two sensors and no more.
    fileprivate var isOfTwo: Bool { self == .gated || self == .attention }
  }

  /// The stage of middle fusion behind a single stage, as `model.fusion_stage` of earlier versions names it.
  package var fusionStage: Int {
    get { fusionStages[0] }
    set { fusionStages = [newValue] }
  }

  /// The join as the network has it.
  package var joining: any Join {
    switch join {
    case .mean: WeightedMean(weights: fusion == .middle ? weights.map(Float.init) : nil)
    case .concat: ProjectedChannels()
    case .gated: Gate()
    case .se: Excitation()
    case .attention: CrossAttention(sensors: sensors.map(\.text))
    case .classWeights: ClassWeighting()
    }
  }

  /// The error of a stage that the network does not have.
  private var stageInconsistency: Inconsistency? {
    let stages = backbone.stages
    guard fusion == .middle, fusionStages.last! >= stages.count else { return nil }
    return Inconsistency(
      keys: ["model.fusion_stages", "model.architecture"],
      problem:
        "model.fusion_stages is \(fusionStages.configurationText), but \(architecture.rawValue) has the "
        + "stages 0 to \(stages.count - 1)",
      remedy: "choose stages of \(stages.joined(separator: ", ")), numbered from 0")
  }

  /// The error of a stage that the network does not have, of a join that the fusion does not have, or of a join that does
  /// not take the sensors or their weights.
  var joinInconsistency: Inconsistency? {
    if let stageInconsistency { return stageInconsistency }
    guard join != .mean, fusion == .middle || fusion == .late else { return nil }
    if !join.fusions.contains(fusion) {
      return Inconsistency(
        keys: ["model.join", "model.fusion"],
        problem: "model.join is \(join.rawValue), but model.fusion is \(fusion.rawValue)",
        remedy: "choose \(JoinKind.names(for: fusion)) for \(fusion.rawValue) fusion")
    }
    if join.isOfTwo, sensors.count != 2 {
      return Inconsistency(
        keys: ["model.join", "model.sensors"],
        problem: "model.join \(join.rawValue) takes two sensors, found \(sensors.configurationText)",
        remedy: "choose mean, concat or se, or two of the sensors")
    }
    guard fusionWeights == ModelSettings().fusionWeights else {
      return Inconsistency(
        keys: ["model.fusion_weights", "model.join"],
        problem: "model.fusion_weights has no effect unless model.join is mean",
        remedy: "remove it, or choose model.join mean")
    }
    return nil
  }
}

extension ModelSettings.JoinKind: ConfigurationChoice {}

extension ExperimentKey.Limit<[Int]> {
  /// Stages of a network in increasing order.
  static var stages: Self {
    .init(expectation: "a list of one or more stages from 0 to 4 (of dfn 0 to 2), in increasing order") {
      stages in
      !stages.isEmpty && stages.allSatisfy((0...4).contains)
        && zip(stages, stages.dropFirst()).allSatisfy { $0 < $1 }
    }
  }
}

extension ModelSettings {
  /// Keys of earlier versions that are still read, each with the key that took its place.
  static let earlierKeys: [(key: ExperimentKey, today: String)] = [
    (
      .init(
        "model.fusion_stage", \.model.fusionStage, .range(0...4), "the only stage of model.fusion_stages",
        applies: .when(\.model.fusion, is: .middle),
        mustMatch: .init(onResume: true, betweenRanks: true, betweenHalves: false)),
      "model.fusion_stages"
    )
  ]
}
