import Architectures
import TestSupport

/// The cases of `networks/cases.json`: the networks of the paper's code, the SEN12MS toolbox and torchvision.
extension ReferenceCase {
  private static let document: [JSON] = {
    do {
      return try Fixtures.json("networks/cases.json").cases.array
    } catch {
      preconditionFailure("networks/cases.json cannot be read: \(error)")
    }
  }()

  /// Networks of one encoder: of one sensor, or of both sensors stacked.
  static let singleNetworks = document.filter { $0.kind.string == "single" }.map { json in
    ReferenceCase(network: json, single(json), gradientNorms: gradientNorms(json))
  }

  /// The difference of gradient norms of a single case may be small by luck: the largest among its like is taken.
  private static func gradientNorms(_ json: JSON) -> Double {
    document.filter {
      ($0.arch.string, $0.head.string, $0.kind.string) == (
        json.arch.string, json.head.string, json.kind.string
      )
    }.compactMap { $0.f32_vs_f64.grad_norm_max_rel.double }.max() ?? 0
  }

  private static func single(_ json: JSON) -> FusionNetwork {
    let s1 = FusionNetwork.Sensor(name: "s1", bands: 2)
    let s2 = FusionNetwork.Sensor(name: "s2", bands: 10)
    let (fusion, sensors): (Fusion, [FusionNetwork.Sensor]) =
      switch json.input.string {
      case "s1": (.none, [s1])
      case "s2": (.none, [s2])
      case "s1s2": (.early, [s2, s1])
      case let input: preconditionFailure("\(json.name.string!) has the unknown input \(input ?? "none")")
      }
    return FusionNetwork(backbone: backbone(json), fusion: fusion, sensors: sensors, head: head(json))
  }

  static func backbone(_ json: JSON) -> any Backbone {
    // The reference names DFNN2 by its encoder and its head.
    let name = json.head.string == "mlp" ? "dfnn2" : json.arch.string!
    return Architecture(rawValue: name)!.backbone()
  }

  /// The cases are without dropout.
  static func head(_ json: JSON) -> Head {
    Head(classes: json.classes.int!, kind: HeadKind(rawValue: json.head.string!)!, dropout: 0)
  }
}
