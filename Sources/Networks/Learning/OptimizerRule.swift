/// The optimizer: how parameters follow their gradients. The learning rate comes with each step.
package enum OptimizerRule: Hashable, Sendable {
  /// Adam (Kingma, Ba 2015) with L2 coupled into the gradient, as `torch.optim.Adam(weight_decay:)`.
  case adam(beta1: Float = 0.9, beta2: Float = 0.999, epsilon: Float = 1e-8, weightDecay: Float)
  /// SGD with momentum, as `torch.optim.SGD`.
  case sgd(momentum: Float, dampening: Float = 0, nesterov: Bool = false, weightDecay: Float)

  /// The name of a rule, without its numbers.
  package enum Kind: String, CaseIterable, Sendable { case adam, sgd }

  /// PyTorch's names of the arrays kept for every parameter.
  package var slotNames: [String] {
    switch self {
    case .adam: ["exp_avg", "exp_avg_sq"]
    case .sgd(let momentum, _, _, _): momentum == 0 ? [] : ["momentum_buffer"]
    }
  }

  /// Bytes of the optimizer's state for `count` numbers.
  package func stateBytes(count: Int) -> Int { 4 * count * slotNames.count }

  /// Bytes that an update of `count` numbers moves: gradients are read, values and state are read and
  /// written.
  package func updateBytes(count: Int) -> Int { 4 * count * (3 + 2 * slotNames.count) }

  /// The shortest decimal number that rounds to `value`: 0.9 for the float nearest to 0.9.
  package static func decimal(_ value: Float) -> Double { Double(value.description)! }
}

/// How one parameter follows the optimizer.
///
/// A bias that learns at half the rate and does not decay: `UpdatePolicy(rateFactor: 0.5, decays: false)`.
package struct UpdatePolicy: Hashable, Sendable {
  /// The learning rate of a step is multiplied by this factor.
  package var rateFactor: Float = 1
  /// Whether the optimizer's weight decay applies.
  package var decays = true
  /// Whether the parameter and its optimizer state stay unchanged.
  package var isFrozen = false

  package init(rateFactor: Float = 1, decays: Bool = true, isFrozen: Bool = false) {
    (self.rateFactor, self.decays, self.isFrozen) = (rateFactor, decays, isFrozen)
  }

  /// The parameter follows the optimizer as it is.
  package static let standard = UpdatePolicy()
}
