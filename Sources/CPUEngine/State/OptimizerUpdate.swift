import Basics
import CKernels
import Networks

#if canImport(Glibc)
  import Glibc
#endif

/// One update of an optimizer, with the constants that depend on the number of the update. Elements are
/// independent of each other, so the bits do not depend on which ranges are updated together, or when.
struct OptimizerUpdate {
  private enum Kernel {
    case adam(fk_adam)
    case sgd(fk_sgd)
  }

  private let kernel: Kernel
  private let values: UnsafeMutablePointer<Float>
  private let slots: [UnsafeMutablePointer<Float>]
  private let pool: ThreadPool
  /// Update policy of each parameter; empty if all parameters follow the rule alike.
  private let policies: [UpdatePolicy]

  /// - Parameters:
  ///   - optimizer: optimizer that gives the rule, the learning rate and the number of updates.
  ///   - betas: betas of Adam as decimal numbers: 0.9, not the float nearest to 0.9.
  ///   - values: all floats of the store.
  ///   - slots: state of the optimizer; each slot is as long as the values.
  init(
    _ optimizer: Optimizer, betas: (Double, Double), values: UnsafeMutablePointer<Float>,
    slots: [UnsafeMutablePointer<Float>], pool: ThreadPool
  ) {
    self.values = values
    self.slots = slots
    self.pool = pool
    policies = optimizer.policies
    // Updates are counted from 1.
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

  /// The update policy of a parameter.
  func policy(_ index: Int) -> UpdatePolicy { policies.isEmpty ? .standard : policies[index] }

  /// Updates a range of the store's floats. `gradients` points to the gradient of the first of them.
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
      // Without momentum there is no velocity, and the kernel does not touch this pointer.
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
