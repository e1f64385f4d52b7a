/// How one parameter follows the rule of the optimizer.
///
/// A bias that learns at half the rate and does not decay: `UpdatePolicy(rateFactor: 0.5, decays: false)`.
package struct UpdatePolicy: Hashable, Sendable {
  /// What the learning rate of a step is multiplied by.
  package var rateFactor: Float = 1
  /// Whether the weight decay of the rule holds.
  package var decays = true
  /// Whether it is left alone, and its optimizer state too.
  package var isFrozen = false

  package init(rateFactor: Float = 1, decays: Bool = true, isFrozen: Bool = false) {
    (self.rateFactor, self.decays, self.isFrozen) = (rateFactor, decays, isFrozen)
  }

  /// As the rule says.
  package static let standard = UpdatePolicy()
}
