/// Names that other programs give to the tensors of a network.
package enum ForeignNames {
  /// Names under which a tensor may be in a file, its own (torchvision's) first. Example: `layer1.0.bn1.weight` is
  /// `encoder.4.0.bn1.weight` in files of the SEN12MS toolbox.
  /// - Parameter name: a name without the prefix of a branch.
  static func alternatives(to name: String) -> [String] {
    [name] + [toolbox(name), oldDenseNet(name), timm(name)].compactMap { $0 == name ? nil : $0 }
  }

  /// Names of the paper's middle fusion of two ResNets: `encoder_a` is the branch of Sentinel-1, `encoder_b` that of
  /// Sentinel-2, and `post_fusion` begins with `layer3`.
  /// - Parameter branch: the sensor whose branch holds the tensor; nil behind the fusion.
  package static func paperMiddle(_ name: String, branch: String?) -> [String] {
    guard let branch else {
      if name.hasPrefix("fc.") { return ["FC." + name.dropFirst(3)] }
      return [(3, 0), (4, 1)].compactMap { layer, place in
        name.hasPrefix("layer\(layer).") ? "post_fusion.\(place)." + name.dropFirst(7) : nil
      }
    }
    guard let letter = ["s1": "a", "s2": "b"][branch], let own = toolbox(name) else { return [] }
    let encoder = "encoder_\(letter)" + own.dropFirst("encoder".count)
    return name == "conv1.weight" ? ["conv1_\(letter).weight", encoder] : [encoder]
  }

  /// The toolbox keeps the modules of a network in a list without names, and calls its classifier `FC`.
  package static func toolbox(_ name: String) -> String? {
    let parts = name.split(separator: ".", maxSplits: 1)
    guard parts.count == 2 else { return nil }
    let rest = parts[1]
    switch parts[0] {
    case "conv1": return "encoder.0.\(rest)"
    case "bn1": return "encoder.1.\(rest)"
    case "layer1", "layer2", "layer3", "layer4": return "encoder.\(3 + Int(parts[0].suffix(1))!).\(rest)"
    case "fc": return "FC.\(rest)"
    case "features":
      let inner = rest.split(separator: ".", maxSplits: 1)
      guard inner.count == 2 else { return nil }
      if inner[0].allSatisfy(\.isNumber) { return "encoder.\(rest)" }
      return denseNetModules.firstIndex(of: String(inner[0])).map { "encoder.\($0).\(inner[1])" }
    default: return nil
    }
  }

  /// The modules of a DenseNet in their order.
  private static let denseNetModules = [
    "conv0", "norm0", "relu0", "pool0", "denseblock1", "transition1", "denseblock2", "transition2",
    "denseblock3",
    "transition3", "denseblock4", "norm5",
  ]

  /// Files of torchvision's DenseNets have `norm.1` for `norm1`, as modules could once be named.
  private static func oldDenseNet(_ name: String) -> String? {
    guard name.contains(".denselayer") else { return nil }
    for module in ["norm", "conv"] {
      for number in ["1", "2"] where name.contains(".\(module)\(number).") {
        return name.replacing(".\(module)\(number).", with: ".\(module).\(number).")
      }
    }
    return nil
  }

  /// timm's VGG has convolutions in the place of two linear layers, with the same numbers in the same order.
  private static func timm(_ name: String) -> String? {
    for (own, other) in [("0", "pre_logits.fc1"), ("3", "pre_logits.fc2"), ("6", "head.fc")]
    where name.hasPrefix("classifier.\(own).") {
      return name.replacing("classifier.\(own).", with: "\(other).")
    }
    return nil
  }

  /// Modules behind which a classifier or a projection head lies.
  static let heads = ["fc", "FC", "classifier", "head", "projection_head", "linear"]
}
