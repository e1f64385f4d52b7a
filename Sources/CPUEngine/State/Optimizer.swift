import Basics
import Networks

/// An optimizer and its state for the parameters of one store.
package final class Optimizer {
  package let rule: OptimizerRule
  /// Learning rate of the next update.
  package var learningRate: Float
  /// Updates done so far.
  package var steps = 0
  package let store: ParameterStore
  private let pool: ThreadPool
  let slots: [AlignedBuffer<Float>]
  private let slotPointers: [UnsafeMutablePointer<Float>]
  /// Betas of Adam as decimal numbers: 0.9, not the float nearest to 0.9; (0, 0) for other rules.
  private let betas: (Double, Double)
  /// Update policy of each parameter; empty if all parameters follow the rule alike.
  let policies: [UpdatePolicy]
  /// Ranges of the store whose parameters share a policy.
  private let ranges: [(range: Range<Int>, policy: UpdatePolicy)]

  /// - Parameters:
  ///   - learningRate: learning rate of the first update.
  ///   - policies: update policy of each parameter; empty if all parameters follow the rule alike.
  /// - Throws: `InputError` when memory is short.
  package init(
    _ rule: OptimizerRule, learningRate: Float, policies: [UpdatePolicy] = [], store: ParameterStore,
    pool: ThreadPool
  ) throws {
    precondition(
      policies.isEmpty || policies.count == store.parameters.count, "every parameter has a policy, or none")
    self.rule = rule
    self.learningRate = learningRate
    self.policies = policies
    self.store = store
    self.pool = pool
    ranges = Self.ranges(of: policies, in: store)
    slots = try rule.slotNames.map { _ in try AlignedBuffer(count: store.count) }
    for slot in slots { slot.makePages(on: pool) }
    slotPointers = slots.map(\.pointer)
    switch rule {
    case .adam(let beta1, let beta2, _, _):
      betas = (OptimizerRule.decimal(beta1), OptimizerRule.decimal(beta2))
    case .sgd: betas = (0, 0)
    }
  }

  /// An optimizer with the rule, learning rate and policies of another, for a copy of its store. State is zero.
  /// - Throws: `InputError` when memory is short.
  convenience init(like other: Optimizer, store: ParameterStore) throws {
    try self.init(
      other.rule, learningRate: other.learningRate, policies: other.policies, store: store, pool: other.pool)
  }

  /// One update of every parameter from the store's gradients.
  package func step() {
    guard let gradients = store.gradients?.pointer else {
      preconditionFailure("an optimizer needs the gradients of a training program")
    }
    let update = nextUpdate()
    for (range, policy) in ranges { update(range, gradients + range.lowerBound, policy) }
    steps += 1
  }

  /// One update of every parameter from one and the same gradient, for measurements. Parameters are updated one
  /// after the other, as in a program that updates parameters.
  /// - Parameter gradient: gradient of every parameter; as long as the largest parameter.
  func step(repeating gradient: UnsafePointer<Float>) {
    let update = nextUpdate()
    for (index, parameter) in store.parameters.enumerated() {
      let place = store.offset(ParameterID(index: index))
      update(place..<place + parameter.count, gradient, update.policy(index))
    }
    steps += 1
  }

  /// The next update, parameter by parameter. After updating every parameter the caller adds 1 to `steps`.
  func nextUpdate() -> OptimizerUpdate {
    OptimizerUpdate(self, betas: betas, values: store.values.pointer, slots: slotPointers, pool: pool)
  }

  /// Copies the steps, the state and the store's contents of an optimizer of the same rule.
  package func copy(_ other: Optimizer) {
    precondition(rule == other.rule, "state is copied between optimizers of one rule")
    steps = other.steps
    store.copy(other.store, on: pool)
    for (slot, source) in zip(slots, other.slots) { slot.copy(source, on: pool) }
  }

  /// Copies the state of a parameter in PyTorch's layout into `out`, which has the parameter's size.
  package func copy(slot: Int, parameter: Int, into out: UnsafeMutableBufferPointer<Float>) {
    store.read(slots[slot], parameter, into: out)
  }

  /// Sets the state of a parameter from elements in PyTorch's layout.
  package func set(slot: Int, parameter: Int, from elements: UnsafeBufferPointer<Float>) {
    store.write(slots[slot], parameter, elements)
  }

  /// Memory of the optimizer's state, one buffer per slot.
  var memory: [UnsafeMutableRawBufferPointer] { slots.map { UnsafeMutableRawBufferPointer($0.elements) } }

  /// Joins neighbouring parameters of one policy, and the gaps between them, into one range. Without policies the
  /// whole store is one range.
  private static func ranges(
    of policies: [UpdatePolicy], in store: ParameterStore
  ) -> [(range: Range<Int>, policy: UpdatePolicy)] {
    guard !policies.isEmpty else { return [(0..<store.count, .standard)] }
    var ranges: [(range: Range<Int>, policy: UpdatePolicy)] = []
    for (index, policy) in policies.enumerated() {
      let begin = store.offset(ParameterID(index: index))
      let end =
        index + 1 < policies.count ? store.offset(ParameterID(index: index + 1)) : store.count
      if let last = ranges.last, last.policy == policy {
        ranges[ranges.count - 1].range = last.range.lowerBound..<end
      } else {
        ranges.append((begin..<end, policy))
      }
    }
    return ranges
  }
}
