import Networks

extension CUDALowering {
  /// How one value is computed.
  mutating func lower(_ value: Graph.Value) -> Stored {
    switch value.operation {
    // Images are normalised into the type in which convolutions read them.
    case .input(let input):
      .buffer(buffer(value.shape.count, input.name == Graph.targets ? .float32 : type, input: input.name))
    case .convolution(let layer): lowerConvolution(value, layer.window, layer.weight)
    case .linear(let layer): lowerLinear(value, layer.weight)
    case .bias(let layer): lowerBias(value, layer.bias)
    case .batchNorm(let norm): lowerBatchNorm(value, norm)
    case .relu: lowerReLU(value)
    case .add: lowerAdd(value)
    case .average(let average): lowerAverage(value, average.weights)
    case .concatenate: lowerConcatenate(value)
    case .maxPool(let pool): lowerMaxPool(value, pool.window)
    case .averagePool(let pool): lowerAveragePool(value, pool.window)
    case .adaptiveAveragePool: lowerGridMean(value)
    case .globalAveragePool: lowerGlobalAverage(value)
    case .dropout(let dropout): lowerDropout(value, dropout.rate)

    case .repeatedBatchNorm(let repeated): lowerRepeatedNorm(value, repeated.first)
    case .loss(let loss): lowerLoss(value, loss.loss, loss.name)
    case .convolutionInputGradient(let step): lowerInputGradient(value, step.window, step.weight)
    case .convolutionWeightGradient(let step): lowerWeightGradient(value, step.window, step.weight)
    case .linearInputGradient(let step): lowerLinearInputGradient(value, step.weight)
    case .linearWeightGradient(let step): lowerLinearWeightGradient(value, step.weight)
    case .biasGradient(let step): lowerBiasGradient(value, step.bias)
    case .batchNormGradient(let step): lowerNormGradient(value, step.norm, step.forward)
    case .reluGradient: lowerReLUGradient(value)
    case .gradientSum: lowerGradientSum(value)
    case .scale(let scale): copyChannels(value, from: 0, scale: scale.factor)
    case .slice(let slice): copyChannels(value, from: slice.begin, scale: 1)
    case .maxPoolGradient(let step): lowerMaxPoolGradient(value, step.window, step.forward)
    case .averagePoolGradient(let step): lowerAveragePoolGradient(value, step.window)
    case .adaptiveAveragePoolGradient: lowerGridMeanGradient(value)
    case .globalAveragePoolGradient: lowerGlobalAverageGradient(value)
    case .dropoutGradient(let step): lowerDropoutGradient(value, step.rate, step.forward)
    }
  }
}
