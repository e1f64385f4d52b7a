/// How a training step weighs memory against time. Its results are the same bits.
package enum MemoryMode: String, CaseIterable, Sendable {
  /// Every value that a derivative reads is kept, and all gradients are until the parameters are updated.
  case balanced
  /// Part of the values is computed again for the derivatives, and each parameter is updated as soon as its
  /// gradient is ready.
  case low

  /// Share of a step's arithmetic that `low` may add.
  package static let extraArithmetic = 0.15
}
