/// What a process is doing, as far as a wish to stop is concerned.
package enum StopPhase: UInt8, Sendable {
  /// Nothing is there yet that could be saved: the first step of a training has not begun.
  case preparing
  /// An evaluation, whose result comes at its end.
  case evaluating
  /// A step of a training.
  case training
  /// The validation after an epoch.
  case validating
  /// All epochs are done, and the last files are written.
  case finishing
}
