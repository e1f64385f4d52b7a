import Presentation

/// What one join of a trained network takes of each sensor, as `summary.json` holds it.
///
/// A gate's shares of two sensors add up to 1. So do the weights of the classes. Weights of channels need not: they are 1/n for
/// each of n sensors when a training begins.
package struct SensorShare: Codable, Equatable, Sendable {
  /// The layer of the join: "fusion2", or "fusion" for the logits.
  package var layer: String
  /// How it joins: "gated", "se" or "class_weights".
  package var join: String
  /// The mean share of each sensor by name: over the validation patches, or over the classes for weights of classes.
  package var sensors: [String: Double]
  /// The shares of each sensor by class: over the validation patches of the class, or the weights of the class. Classes without
  /// a patch are left out.
  package var classes: [String: [String: Double]]
  /// Names of the sensors in the order of the network.
  package var order: [String]

  /// "fusion2 (gated) takes 72 % of s2 and 28 % of s1".
  var sentence: String {
    let parts = order.map { "\(NumberText.percent(sensors[$0] ?? 0)) of \($0)" }
    let list =
      parts.count == 2
      ? parts.joined(separator: " and ")
      : parts.dropLast().joined(separator: ", ") + " and " + (parts.last ?? "")
    return "\(layer) (\(join)) takes \(list)"
  }
}
