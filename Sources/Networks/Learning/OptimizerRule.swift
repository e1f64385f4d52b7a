/// How parameters follow their gradients. The learning rate is no part of it: it comes with each step.
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
}
