/// The window of a convolution or a pooling: same stride and padding in both directions.
package struct Window: Hashable, Sendable, CustomStringConvertible {
  package let height, width, stride, padding: Int

  package init(_ height: Int, _ width: Int, stride: Int = 1, padding: Int = 0) {
    precondition(height > 0 && width > 0 && stride > 0 && padding >= 0, "a window must cover something")
    self.height = height
    self.width = width
    self.stride = stride
    self.padding = padding
  }

  /// "3×3", or "3×3/2" with a stride of 2.
  package var description: String { "\(height)×\(width)" + (stride > 1 ? "/\(stride)" : "") }

  /// Pixels under the window.
  package var taps: Int { height * width }

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

/// Batch normalisation (Ioffe, Szegedy 2015) with PyTorch's conventions: biased variance to normalise,
/// unbiased variance in the running statistics.
package struct BatchNorm: Hashable, Sendable {
  package let scale, shift: ParameterID
  package let runningMean, runningVariance: StatisticID
  package let momentum, epsilon: Float
  /// Whether the running statistics are used, and left alone, in training too.
  package let isFrozen: Bool
}

/// What computes a value of a graph. The second half are derivatives, put there by `differentiate`.
package enum Operation: Hashable, Sendable {
  case input(String)
  /// y = x * w. A linear layer is a pointwise convolution of a `[N, 1, 1, C]` value.
  case convolution(Window, weight: ParameterID)
  case bias(ParameterID)
  case batchNorm(BatchNorm)
  case relu
  /// Sum of the inputs.
  case add
  /// Σ wᵢ xᵢ / Σ wᵢ.
  case average([Float])
  /// Channels of the inputs one after the other.
  case concatenate
  case maxPool(Window)
  case globalAveragePool
  case dropout(rate: Float)

  /// Input: a batch norm's input, computed again. Scale and shift are those that the first pass found; running
  /// statistics are left alone.
  case repeatedBatchNorm(BatchNorm, of: ValueID)
  /// Inputs: logits `[N, 1, 1, K]`, targets `[N, 1, 1, K]`. The value is the gradient of the loss with
  /// respect to the logits; the loss itself is reported under `name`.
  case loss(Loss, name: String)
  /// Input: gradient of the convolution. `Shape` of the convolution's input.
  case convolutionInputGradient(Window, weight: ParameterID, input: Shape)
  /// Inputs: the convolution's input and gradient. Sets the gradient of the weight; the value is empty.
  case convolutionWeightGradient(Window, weight: ParameterID)
  /// Input: gradient. Sets the gradient of the bias; the value is empty.
  case biasGradient(ParameterID)
  /// Inputs: the layer's input and gradient. Sets the gradients of scale and shift.
  case batchNormGradient(BatchNorm, of: ValueID)
  /// Inputs: the ReLU's output and gradient.
  case reluGradient
  /// Sum of gradients that reach a value on several ways.
  case gradientSum
  case scale(Float)
  /// Channels `begin..<begin + channels` of the input.
  case slice(begin: Int, channels: Int)
  /// Inputs: gradient. The pooling is named by its value.
  case maxPoolGradient(Window, of: ValueID, input: Shape)
  case globalAveragePoolGradient(input: Shape)
  case dropoutGradient(rate: Float, of: ValueID)
}
