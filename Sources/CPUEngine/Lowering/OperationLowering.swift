import Networks

extension CPULowering {
  /// Emits the instructions that compute a value, and returns how the value is stored.
  mutating func lower(_ value: Graph.Value) -> Stored {
    switch value.operation {
    case .input(let input):
      .operand(Operand(buffer: buffer(value.shape.count, input: input.name)))
    case .convolution(let layer):
      lowerProduct(value, MatrixLayer(convolution: layer.window, layer.weight, self))
    case .linear(let layer): lowerProduct(value, MatrixLayer(linear: layer.weight, self))
    case .bias(let layer): lowerBias(value, layer.bias)
    case .batchNorm(let norm): lowerBatchNorm(value, norm)
    case .relu: lowerRelu(value)
    case .add: lowerAdd(value)
    case .average(let average): lowerAverage(value, average.weights)
    case .concatenate: lowerConcatenate(value)
    case .maxPool(let pool): lowerMaxPool(value, pool.window)
    case .averagePool(let pool): lowerAveragePool(value, pool.window)
    case .adaptiveAveragePool: lowerAdaptiveAveragePool(value)
    case .globalAveragePool: lowerGlobalAveragePool(value)
    case .dropout(let dropout): lowerDropout(value, dropout.rate)

    case .repeatedBatchNorm(let repeated): lowerRepeatedBatchNorm(value, repeated.first)
    case .loss(let loss): lowerLoss(value, loss.loss, loss.name)
    case .convolutionInputGradient(let step):
      lowerInputGradient(value, MatrixLayer(convolution: step.window, step.weight, self))
    case .convolutionWeightGradient(let step):
      lowerWeightGradient(value, MatrixLayer(convolution: step.window, step.weight, self))
    case .linearInputGradient(let step): lowerInputGradient(value, MatrixLayer(linear: step.weight, self))
    case .linearWeightGradient(let step): lowerWeightGradient(value, MatrixLayer(linear: step.weight, self))
    case .biasGradient(let step): lowerBiasGradient(value, step.bias)
    case .batchNormGradient(let step): lowerNormGradient(value, step.norm, step.forward)
    case .reluGradient: lowerReluGradient(value)
    case .gradientSum: lowerGradientSum(value)
    case .scale(let scale):
      copyChannels(value, from: 0, channels: value.shape.channels, scale: scale.factor)
    case .slice(let slice): lowerSlice(value, slice)
    case .maxPoolGradient(let step): lowerMaxPoolGradient(value, step.window, step.forward)
    case .averagePoolGradient(let step): lowerAveragePoolGradient(value, step.window)
    case .adaptiveAveragePoolGradient: lowerAdaptiveAveragePoolGradient(value)
    case .globalAveragePoolGradient: lowerGlobalAveragePoolGradient(value)
    case .dropoutGradient(let step): lowerDropoutGradient(value, step.rate, step.forward)
    }
  }
}
