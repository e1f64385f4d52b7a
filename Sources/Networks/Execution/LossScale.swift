/// The factor of the loss in float16, without which small gradients would be rounded to zero. It follows PyTorch's
/// `GradScaler`.
///
/// Gradients are multiples of the loss times the scale, and are divided by it before the update. A step with a gradient
/// that is NaN or infinite updates nothing, and the scale is halved. After 2000 updates in a row it is doubled.
public struct LossScale: Equatable, Sendable {
  /// The factor of the loss.
  package var scale: Float
  /// Updates since the scale last changed.
  package var goodSteps: Int

  package init(scale: Float = 65536, goodSteps: Int = 0) { (self.scale, self.goodSteps) = (scale, goodSteps) }

  /// Updates in a row after which the scale is doubled.
  package static let growthInterval = 2000
}
