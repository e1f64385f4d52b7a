import Basics
import Networks

/// An optimizer and its state for the parameters of one store.
package final class Optimizer {
  package let rule: OptimizerRule
  /// Updates done so far.
  package var steps = 0
  package let store: ParameterStore
  private let pool: ThreadPool
  let slots: [AlignedBuffer<Float>]
  private let slotPointers: [UnsafeMutablePointer<Float>]
  /// The betas of Adam as the decimal numbers that were meant.
  private let betas: (Double, Double)

  /// - Throws: `InputError` when memory is short.
  package init(_ rule: OptimizerRule, store: ParameterStore, pool: ThreadPool) throws {
    self.rule = rule
    self.store = store
    self.pool = pool
    slots = try rule.slotNames.map { _ in try AlignedBuffer(count: store.count) }
    for slot in slots { slot.makePages(on: pool) }
    slotPointers = slots.map(\.pointer)
    if case .adam(_, let beta1, let beta2, _, _) = rule {
      betas = (Self.decimal(beta1), Self.decimal(beta2))
    } else {
      betas = (0, 0)
    }
  }

  /// Bytes of optimizer state for so many floats of a store.
  package static func stateBytes(_ rule: OptimizerRule, count: Int) -> Int {
    4 * count * rule.slotNames.count
  }

  /// Bytes read and written by an update of so many floats: gradients are read, values and state both.
  package static func updateBytes(_ rule: OptimizerRule, count: Int) -> Int {
    4 * count * (3 + 2 * rule.slotNames.count)
  }

  /// One update of every parameter from the store's gradients.
  package func step() {
    guard let gradients = store.gradients?.pointer else {
      preconditionFailure("an optimizer needs the gradients of a training program")
    }
    nextUpdate()(0..<store.count, gradients)
    steps += 1
  }

  /// One update of every parameter, one after the other as in a program that updates parameters.
  /// - Parameter gradient: of all of them, as long as the largest.
  package func step(repeating gradient: UnsafePointer<Float>) {
    let update = nextUpdate()
    for (index, parameter) in store.parameters.enumerated() {
      let place = store.offset(ParameterID(index: index))
      update(place..<place + parameter.count, gradient)
    }
    steps += 1
  }

  /// The next update, parameter by parameter. Whoever has done it for all of them counts it in `steps`.
  func nextUpdate() -> OptimizerUpdate {
    OptimizerUpdate(
      rule, betas: betas, number: steps + 1, values: store.values.pointer, slots: slotPointers, pool: pool)
  }

  /// Takes over steps and state of an optimizer of the same rule, and what is in its store.
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

  /// The decimal number that was meant: 0.9 for the float nearest to 0.9.
  private static func decimal(_ value: Float) -> Double { Double(value.description)! }
}
