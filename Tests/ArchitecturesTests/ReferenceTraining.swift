/// A network of the reference set on a device: filled by the rule of the set, evaluated, and trained on the only batch
/// of the fixtures.
protocol ReferenceTraining: AnyObject {
  /// All outputs in evaluation mode: `logits` and, with late fusion, `logits.s1` and `logits.s2`.
  func evaluate() throws -> [String: [Float]]
  /// The same for the large image.
  func evaluateLargeImage() throws -> [String: [Float]]

  /// Forward and backward pass. Running statistics move on.
  ///
  /// A device that computes a step as a whole updates the parameters here.
  func differentiate() throws -> (outputs: [String: [Float]], losses: [Double])
  /// Updates the parameters by the gradients of the last pass, unless that is done.
  func update() throws
  /// Trains on images moved by `units` units in the last place from now on, so that all later roundings
  /// differ. A network that has been updated begins again.
  func moveTrainingImages(by units: UInt32) throws

  // What the network holds, by the paper's names.

  func parameter(_ name: String) throws -> [Float]
  /// The gradient of the last pass.
  func gradient(_ name: String) throws -> [Float]
  func statistic(_ name: String) throws -> [Float]
}
