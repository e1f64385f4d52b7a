/// The window of a convolution or a pooling: same stride and padding in both directions.
public struct Window: Hashable, Sendable, CustomStringConvertible {
  package let height, width, stride, padding: Int

  package init(_ height: Int, _ width: Int, stride: Int = 1, padding: Int = 0) {
    precondition(height > 0 && width > 0 && stride > 0 && padding >= 0, "a window must cover something")
    self.height = height
    self.width = width
    self.stride = stride
    self.padding = padding
  }

  /// "3×3", or "3×3/2" with a stride of 2.
  public var description: String { "\(height)×\(width)" + (stride > 1 ? "/\(stride)" : "") }

  /// Number of pixels under the window.
  @usableFromInline package var taps: Int { height * width }

  /// Whether the window is a single pixel at full resolution: a convolution with it is one matrix product.
  package var isPointwise: Bool { height == 1 && width == 1 && stride == 1 && padding == 0 }

  /// Output height and width for an input image.
  package func output(height inputHeight: Int, width inputWidth: Int) -> (height: Int, width: Int) {
    (
      (inputHeight + 2 * padding - height) / stride + 1,
      (inputWidth + 2 * padding - width) / stride + 1
    )
  }
}
