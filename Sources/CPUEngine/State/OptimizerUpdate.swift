import Basics
import CKernels
import Networks

#if canImport(Glibc)
  import Glibc
#endif

/// One update of an optimizer, with the constants that follow from its number. Every element is computed by
/// itself: it does not matter which ranges are updated together, or when.
struct OptimizerUpdate {
  private enum Kernel {
    case adam(fk_adam)
    case sgd(fk_sgd)
  }

  private let kernel: Kernel
  private let values: UnsafeMutablePointer<Float>
  private let slots: [UnsafeMutablePointer<Float>]
  private let pool: ThreadPool
  /// How each parameter follows the rule; empty for all alike.
  private let policies: [UpdatePolicy]

  /// - Parameters:
  ///   - optimizer: whose rule, learning rate and number of updates count.
  ///   - betas: of Adam, as the decimal numbers that were meant.
  ///   - slots: the state of the optimizer, as long as the values.
  init(
    _ optimizer: Optimizer, betas: (Double, Double), values: UnsafeMutablePointer<Float>,
    slots: [UnsafeMutablePointer<Float>], pool: ThreadPool
  ) {
    self.values = values
    self.slots = slots
    self.pool = pool
    policies = optimizer.policies
    // Counted from 1.
    let number = optimizer.steps + 1
    switch optimizer.rule {
    case .adam(_, _, let epsilon, let weightDecay):
      let (beta1, beta2) = betas
      kernel = .adam(
        fk_adam(
          learning_rate: optimizer.learningRate, epsilon: epsilon, weight_decay: weightDecay, beta1: beta1,
          beta2: beta2, correction1: 1 - pow(beta1, Double(number)),
          correction2: 1 - pow(beta2, Double(number))))
    case .sgd(let momentum, let dampening, let nesterov, let weightDecay):
      kernel = .sgd(
        fk_sgd(
          learning_rate: optimizer.learningRate, momentum: momentum, dampening: dampening,
          weight_decay: weightDecay, nesterov: nesterov ? 1 : 0, initial: number == 1 ? 1 : 0))
    }
  }

  /// How a parameter follows the rule.
  func policy(_ index: Int) -> UpdatePolicy { policies.isEmpty ? .standard : policies[index] }

  /// Updates a range of the store's floats from its gradients, of which `gradients` is the first.
  func callAsFunction(_ range: Range<Int>, _ gradients: UnsafePointer<Float>, _ policy: UpdatePolicy) {
    guard !policy.isFrozen else { return }
    let blocks = Blocks(count: range.count, size: 1 << 15)
    switch kernel {
    case .adam(var adam):
      adam.learning_rate *= policy.rateFactor
      if !policy.decays { adam.weight_decay = 0 }
      let step = adam
      pool.run(blocks.number) { block, _ in
        let part = blocks.range(block)
        let at = range.lowerBound + part.lowerBound
        withUnsafePointer(to: step) {
          fk_adam_step(
            $0, gradients + part.lowerBound, values + at, slots[0] + at, slots[1] + at, Int64(part.count))
        }
      }
    case .sgd(var sgd):
      sgd.learning_rate *= policy.rateFactor
      if !policy.decays { sgd.weight_decay = 0 }
      let step = sgd
      // Without momentum there is no velocity, and none is touched.
      let velocity = slots.first ?? values
      pool.run(blocks.number) { block, _ in
        let part = blocks.range(block)
        let at = range.lowerBound + part.lowerBound
        withUnsafePointer(to: step) {
          fk_sgd_step($0, gradients + part.lowerBound, values + at, velocity + at, Int64(part.count))
        }
      }
    }
  }
}
