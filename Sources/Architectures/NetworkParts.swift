extension FusionNetwork {
  /// The part of the network that a layer belongs to: `stem`, `layer1`–`layer4` or `classifier`, after the
  /// sensor's name where a sensor has a branch of its own. A layer where sensors meet is its own part.
  package func part(ofLayer name: String) -> String {
    let prefix = sensors.map { $0.name + "." }.first { name.hasPrefix($0) } ?? ""
    let module = name.dropFirst(prefix.count).prefix { $0 != "." }
    let part: Substring =
      switch module {
      case "conv1", "bn1", "relu", "maxpool": "stem"
      case "avgpool", "dropout", "fc": "classifier"
      default: module
      }
    return prefix + part
  }
}
