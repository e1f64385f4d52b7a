import Architectures
import TestSupport

/// The cases of `networks/cases.json` with several encoders.
extension ReferenceCase {
  /// Middle and late fusion by all joins.
  static let fusedNetworks = document.compactMap { json in
    fusion(json).map { fusion in
      ReferenceCase(
        network: json,
        FusionNetwork(
          backbone: backbone(json), fusion: fusion,
          sensors: [.init(name: "s1", bands: 2), .init(name: "s2", bands: 10)], head: head(json)),
        gradientNorms: gradientNorms(json))
    }
  }

  /// nil for a network of one encoder.
  private static func fusion(_ json: JSON) -> Fusion? {
    let join: any Join =
      switch json.join.string {
      case "concat": ProjectedChannels()
      case "gated": Gate()
      case "se": Excitation()
      case "attention": CrossAttention(sensors: ["s1", "s2"])
      case "class_weights": ClassWeighting()
      default: WeightedMean()
      }
    return switch json.kind.string {
    case "middle": .stages(json.stages.ints, join)
    case "late_joint": .logits(join, isJoint: true)
    case "late_separate": .logits(join, isJoint: false)
    default: nil
    }
  }
}
