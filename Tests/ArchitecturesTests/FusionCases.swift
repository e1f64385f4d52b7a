import Architectures
import TestSupport

/// The cases of `networks/cases.json` with several encoders.
extension ReferenceCase {
  /// Middle and late fusion of all joins, of the backbones that there are.
  static let fusedNetworks: [ReferenceCase] = {
    do {
      return try Fixtures.json("networks/cases.json").cases.array.compactMap { json in
        guard json.kind.string != "single", let fusion = fusion(json),
          let backbone = Architecture(rawValue: json.arch.string!)?.backbone(stem: .sevenBySeven)
        else { return nil }
        let network = FusionNetwork(
          backbone: backbone, fusion: fusion,
          sensors: [.init(name: "s1", bands: 2), .init(name: "s2", bands: 10)],
          head: Head(classes: json.classes.int!))
        return ReferenceCase(network: json, network)
      }
    } catch {
      preconditionFailure("networks/cases.json cannot be read: \(error)")
    }
  }()

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
