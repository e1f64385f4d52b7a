import Architectures
import Foundation
import Networks
import ReferenceNetworks
import TestSupport
import Testing

/// A network of `models/cases.json` or `networks/cases.json`: what it is, how it is trained, and how far PyTorch's own
/// float32 run is from its float64 run.
struct ReferenceCase: Sendable, CustomTestStringConvertible {
  /// Relative differences of PyTorch's float32 run.
  struct Float32Differences: Sendable {
    let evalLogits, trainLogits, gradientNorms, runningVarianceNorms: Double
    /// By training step.
    let losses: [Double]
  }

  let name: String
  /// The folder of the case's files.
  let folder: String
  let network: FusionNetwork
  let loss: Loss
  let rule: OptimizerRule
  let learningRate: Float
  /// The document of parameter names; nil for a case without training.
  let manifest: String?
  /// Whether the logits of the large image are known too.
  let hasLargeImage: Bool
  /// Parameters whose true gradient is 0, so that their recorded numbers are noise.
  var withoutGradient: Set<String> = []
  let float32: Float32Differences
  /// The name in the reference of a parameter or running statistic.
  let names: @Sendable (String) -> String

  var testDescription: String { name }

  private init(_ json: JSON) {
    name = json.name.string!
    folder = "models"
    network = Self.network(json)
    let paperNames = PaperNames(fusion: network.fusion)
    names = { paperNames($0) }
    loss = json.loss.string == "ce" ? .crossEntropy : .binaryCrossEntropy
    rule = Self.rule(json)
    learningRate = Float(json.lr.double!)
    manifest = "models/" + json.manifest.string!
    hasLargeImage = json.big.bool!
    let differences = json.f32_vs_f64
    float32 = Float32Differences(
      evalLogits: 1e-6, trainLogits: differences.train_logits_rel.double!,
      gradientNorms: differences.grad_norm_max_rel.double!,
      runningVarianceNorms: differences.running_var_norm_max_rel.double!,
      losses: differences.losses_rel_per_step.doubles)
  }

  /// A case of `networks/cases.json`. Names are those of the network.
  ///
  /// A loss has the relative error of its logits; where that of a first loss is smaller, errors have cancelled by luck.
  /// - Parameter gradientNorms: the largest difference of gradient norms among the cases of the same network and head.
  init(network json: JSON, _ network: FusionNetwork, gradientNorms: Double) {
    name = json.name.string!
    folder = "networks"
    self.network = network
    names = { $0 }
    loss = json.loss.string == "ce" ? .crossEntropy : .binaryCrossEntropy
    rule = Self.rule(json)
    learningRate = Float(json.lr.double!)
    manifest = json.manifest.string.map { "networks/" + $0 }
    hasLargeImage = json.big.bool! || json.eval_only.bool!
    withoutGradient = Set(json.zero_gradients.exists ? json.zero_gradients.strings : [])
    let differences = json.f32_vs_f64
    let trainLogits = differences.train_logits_rel.double ?? 0
    float32 = Float32Differences(
      evalLogits: differences.eval_logits_rel.double!, trainLogits: trainLogits,
      gradientNorms: gradientNorms, runningVarianceNorms: trainLogits,
      losses: differences.losses_rel_per_step.exists
        ? differences.losses_rel_per_step.doubles.enumerated().map { $0 == 0 ? max($1, trainLogits) : $1 }
        : [])
  }

  private static func rule(_ json: JSON) -> OptimizerRule {
    let weightDecay = Float(json.weight_decay.double!)
    return json.optimizer.string == "sgd"
      ? .sgd(momentum: Float(json.momentum.double!), weightDecay: weightDecay)
      : .adam(weightDecay: weightDecay)
  }

  private static func network(_ json: JSON) -> FusionNetwork {
    let s1 = FusionNetwork.Sensor(name: "s1", bands: 2)
    let s2 = FusionNetwork.Sensor(name: "s2", bands: 10)
    let rgb = FusionNetwork.Sensor(name: "s2", bands: 3)
    let fusion: Fusion
    let sensors: [FusionNetwork.Sensor]
    switch (json.kind.string, json.input.string) {
    case ("single", "s1"): (fusion, sensors) = (.none, [s1])
    case ("single", "s2"): (fusion, sensors) = (.none, [s2])
    case ("single", "s1s2"): (fusion, sensors) = (.early, [s2, s1])
    case ("single", "s1rgb"): (fusion, sensors) = (.early, [rgb, s1])
    case ("middle", _): (fusion, sensors) = (.middle(stage: 2, weights: [1, 1]), [s1, s2])
    case ("late_separate", _): (fusion, sensors) = (.late(isJoint: false), [s1, s2])
    case ("late_joint", _): (fusion, sensors) = (.late(isJoint: true), [s1, s2])
    default: preconditionFailure("case \(json.name.string!) is of an unknown kind")
    }
    let depths: [String: ResNet.Depth] = [
      "ResNet18": .resnet18, "ResNet50": .resnet50, "ResNet101": .resnet101, "DFNN1": .resnet101,
    ]
    return FusionNetwork(
      backbone: ResNet(depths[json.arch.string!]!), fusion: fusion, sensors: sensors,
      head: Head(classes: json.classes.int!))
  }
}

extension ReferenceCase {
  static let all: [ReferenceCase] = {
    do {
      return try Fixtures.json("models/cases.json").cases.array.map(ReferenceCase.init)
    } catch {
      preconditionFailure("models/cases.json cannot be read: \(error)")
    }
  }()

  /// Whether all networks run in all variants: `scripts/study/reference_cases.sh` sets `FUSIONCTL_REFERENCE_CASES=all`.
  /// The suite runs ResNet18 in all variants and deeper networks in one.
  static let runsAll = ProcessInfo.processInfo.environment["FUSIONCTL_REFERENCE_CASES"] == "all"

  /// The runs of all cases.
  /// - Parameter variants: kernel paths, or precisions. Unless `runsAll`, deeper networks run in the first
  ///   alone.
  static func runs<Variant: Sendable>(on variants: [Variant]) -> [(ReferenceCase, Variant)] {
    all.flatMap { reference in
      let some =
        reference.network.backbone.name == "resnet18" || runsAll ? variants : Array(variants.prefix(1))
      return some.map { (reference, $0) }
    }
  }

  /// The first case of each manifest: the one whose shapes it lists.
  static let ofManifests: [ReferenceCase] = {
    var seen: Set<String> = []
    return all.filter { seen.insert($0.manifest!).inserted }
  }()
}
