import Networks

/// The largest differences of a step from the CPU's in float32 that pass; see `StepDifference`.
///
/// Limits count roundings. `u` is the largest error of one: 2⁻⁸ for bfloat16, 2⁻¹¹ for float16 and TF32.
struct StepLimits {
  let loss, outputs, evaluation, statistics, worstGradient, medianGradient, angle: Double

  /// A few operations between convolutions. A ReLU or a maximum that decides otherwise moves a whole gradient; how many do so
  /// grows as `u`, and with it the angle.
  static func operations(_ precision: Precision) -> StepLimits {
    guard let u = unit(precision) else {
      return StepLimits(
        loss: 1e-5, outputs: 1e-5, evaluation: 1e-5, statistics: 1e-5, worstGradient: 1e-4,
        medianGradient: 1e-4, angle: 1e-8)
    }
    return StepLimits(
      loss: 3 * u, outputs: 3 * u, evaluation: 3 * u, statistics: 1.5 * u, worstGradient: 15 * u,
      medianGradient: 7.5 * u, angle: u)
  }

  /// Whole networks. A batch norm of few values loses digits, and a ReLU that decides otherwise moves a whole gradient. How
  /// much of both a network has is seen on the CPU: in bfloat16 the gradient of a parameter is off by a few percent in one
  /// network and by more than its own size in another.
  /// - Parameter rounded: gives the differences of the CPU in bfloat16.
  static func networks(_ precision: Precision, rounded: () throws -> StepDifference) rethrows -> StepLimits {
    let rounded = try rounded()
    guard let u = unit(precision) else {
      // In deep networks float32 decides a few ReLUs otherwise, too.
      return StepLimits(
        loss: 1e-4, outputs: 1e-3, evaluation: 1e-4, statistics: 1e-3,
        worstGradient: max(2e-2, 0.1 * rounded.worstGradient),
        medianGradient: max(2e-3, 0.1 * rounded.medianGradient), angle: max(1e-4, 0.1 * rounded.angle))
    }
    let share = share(precision)
    return StepLimits(
      // Errors of the loss, a single number, may cancel.
      loss: max(4 * u, share * rounded.losses), outputs: share * rounded.outputs,
      evaluation: share * rounded.predictions, statistics: share * rounded.statistics,
      worstGradient: share * rounded.worstGradient, medianGradient: share * rounded.medianGradient,
      angle: share * rounded.angle)
  }

  /// The largest relative difference of a loss in 50 steps.
  /// - Parameter rounded: gives that of the CPU in bfloat16.
  static func training(_ precision: Precision, rounded: () throws -> Double) rethrows -> Double {
    unit(precision) == nil ? 1e-3 : share(precision) * (try rounded())
  }

  /// Said above a table.
  static let explanation = """
    bf16 may differ twice as much as the CPU in bf16 does; tf32 and fp16, which round
    an eighth as coarsely, as much as the CPU in bf16.
    """

  /// Other roundings of the same size may double a difference.
  private static func share(_ precision: Precision) -> Double {
    switch precision {
    case .fp32, .tf32, .fp16: 1
    case .bf16, .bf16Emulated: 2
    }
  }

  /// The largest relative error of a rounding of activations or operands; nil for float32.
  private static func unit(_ precision: Precision) -> Double? {
    switch precision {
    case .fp32: nil
    case .tf32, .fp16: 0x1p-11
    case .bf16, .bf16Emulated: 0x1p-8
    }
  }
}
