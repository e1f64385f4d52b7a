/// What computes a value of a graph. Each operation has its own file with its derivatives, its builder and its rules.
///
/// Engines switch over all operations, so that a new one does not compile before every engine can run it. The
/// second half are derivatives, which `differentiated` adds.
package enum Operation: Hashable, Sendable {
  case input(Input)
  case convolution(Convolution)
  case linear(Linear)
  case bias(Bias)
  case batchNorm(BatchNorm)
  case relu
  case add
  case average(Average)
  case concatenate
  case maxPool(MaxPool)
  case averagePool(AveragePool)
  case adaptiveAveragePool(AdaptiveAveragePool)
  case globalAveragePool
  case dropout(Dropout)

  case repeatedBatchNorm(RepeatedBatchNorm)
  case loss(LossGradient)
  case convolutionInputGradient(ConvolutionInputGradient)
  case convolutionWeightGradient(ConvolutionWeightGradient)
  case linearInputGradient(LinearInputGradient)
  case linearWeightGradient(LinearWeightGradient)
  case biasGradient(BiasGradient)
  case batchNormGradient(BatchNormGradient)
  case reluGradient
  case gradientSum
  case scale(Scale)
  case slice(Slice)
  case maxPoolGradient(MaxPoolGradient)
  case averagePoolGradient(AveragePoolGradient)
  case adaptiveAveragePoolGradient(AdaptiveAveragePoolGradient)
  case globalAveragePoolGradient(GlobalAveragePoolGradient)
  case dropoutGradient(DropoutGradient)
}

extension Operation {
  /// The rules of the operation.
  var rules: any OperationRules {
    switch self {
    case .input(let rules): rules
    case .convolution(let rules): rules
    case .linear(let rules): rules
    case .bias(let rules): rules
    case .batchNorm(let rules): rules
    case .relu: ReLU()
    case .add: Add()
    case .average(let rules): rules
    case .concatenate: Concatenate()
    case .maxPool(let rules): rules
    case .averagePool(let rules): rules
    case .adaptiveAveragePool(let rules): rules
    case .globalAveragePool: GlobalAveragePool()
    case .dropout(let rules): rules
    case .repeatedBatchNorm(let rules): rules
    case .loss(let rules): rules
    case .convolutionInputGradient(let rules): rules
    case .convolutionWeightGradient(let rules): rules
    case .linearInputGradient(let rules): rules
    case .linearWeightGradient(let rules): rules
    case .biasGradient(let rules): rules
    case .batchNormGradient(let rules): rules
    case .reluGradient: ReLUGradient()
    case .gradientSum: GradientSum()
    case .scale(let rules): rules
    case .slice(let rules): rules
    case .maxPoolGradient(let rules): rules
    case .averagePoolGradient(let rules): rules
    case .adaptiveAveragePoolGradient(let rules): rules
    case .globalAveragePoolGradient(let rules): rules
    case .dropoutGradient(let rules): rules
    }
  }

  /// Parameters whose numbers the operation reads.
  package var parametersRead: [ParameterID] { rules.parametersRead }

  /// Parameters whose gradient the operation sets.
  package var parametersLearnt: [ParameterID] { rules.parametersLearnt }
}
