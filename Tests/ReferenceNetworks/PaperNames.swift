import Architectures

/// Translates names of parameters and running statistics, which follow torchvision, to the names in the paper's
/// PyTorch modules.
///
/// The paper's networks hold their layers in lists. `encoder` has convolution, batch norm, ReLU, pooling and the four
/// residual stages at 0–7. `post_fusion` of DFNN1 has the stages behind the fusion.
package struct PaperNames: Sendable {
  package let fusion: Fusion

  package init(fusion: Fusion) { self.fusion = fusion }

  /// The paper's name, e.g. `encoder_a.4.0.bn1.weight` for `s1.layer1.0.bn1.weight` under middle fusion.
  package func callAsFunction(_ name: String) -> String {
    guard let sensor = ["s1", "s2"].first(where: { name.hasPrefix($0 + ".") }) else {
      if case .stages(let stages, _) = fusion { return shared(name, after: stages[0]) }
      return single(name)
    }
    let own = String(name.dropFirst(sensor.count + 1))
    if case .stages = fusion { return single(own, branch: sensor == "s1" ? "_a" : "_b") }
    return "\(sensor)/\(single(own))"
  }

  private func single(_ name: String, branch: String = "") -> String {
    let (module, rest) = Self.split(name)
    switch module {
    case "conv1": return "conv1\(branch).\(rest)"
    case "bn1": return "encoder\(branch).1.\(rest)"
    case "fc": return "FC.\(rest)"
    default: return "encoder\(branch).\(Self.stage(module) + 3).\(rest)"
    }
  }

  private func shared(_ name: String, after stage: Int) -> String {
    let (module, rest) = Self.split(name)
    return module == "fc" ? "FC.\(rest)" : "post_fusion.\(Self.stage(module) - stage - 1).\(rest)"
  }

  private static func split(_ name: String) -> (module: Substring, rest: Substring) {
    let parts = name.split(separator: ".", maxSplits: 1)
    precondition(parts.count == 2, "\(name) is not the name of a parameter")
    return (parts[0], parts[1])
  }

  /// 3 for `layer3`.
  private static func stage(_ module: Substring) -> Int {
    guard module.hasPrefix("layer"), let number = Int(module.dropFirst("layer".count)) else {
      preconditionFailure("\(module) is no module of a ResNet")
    }
    return number
  }
}
