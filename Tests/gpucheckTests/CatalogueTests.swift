import Networks
import Testing

@testable import CUDAEngine
@testable import gpucheck

/// The examples of `gpucheck operations` cover everything that networks are made of.
@Suite struct CatalogueTests {
  /// The operations, each without its numbers. The compiler asks for a new one.
  private enum Kind: CaseIterable, Hashable {
    case input, convolution, linear, bias, batchNorm, relu, add, average, gatedSum, sigmoid, scaledSum,
      layerNorm, attention, classWeights, held, concatenate, maxPool, averagePool, adaptiveAveragePool,
      globalAveragePool, dropout, repeatedBatchNorm, loss, convolutionInputGradient,
      convolutionWeightGradient, linearInputGradient, linearWeightGradient, biasGradient,
      batchNormGradient, frozenBatchNormGradient, reluGradient, gradientSum, gatedSumGradient,
      sigmoidGradient, productSum, layerNormGradient, attentionGradient, classWeightsInputGradient,
      classWeightsGradient, scale, slice, maxPoolGradient, averagePoolGradient,
      adaptiveAveragePoolGradient, globalAveragePoolGradient, dropoutGradient

    init(_ operation: Networks.Operation) {
      self =
        switch operation {
        case .input: .input
        case .convolution: .convolution
        case .linear: .linear
        case .bias: .bias
        case .batchNorm: .batchNorm
        case .relu: .relu
        case .add: .add
        case .average: .average
        case .gatedSum: .gatedSum
        case .sigmoid: .sigmoid
        case .scaledSum: .scaledSum
        case .layerNorm: .layerNorm
        case .attention: .attention
        case .classWeights: .classWeights
        case .held: .held
        case .concatenate: .concatenate
        case .maxPool: .maxPool
        case .averagePool: .averagePool
        case .adaptiveAveragePool: .adaptiveAveragePool
        case .globalAveragePool: .globalAveragePool
        case .dropout: .dropout
        case .repeatedBatchNorm: .repeatedBatchNorm
        case .loss: .loss
        case .convolutionInputGradient: .convolutionInputGradient
        case .convolutionWeightGradient: .convolutionWeightGradient
        case .linearInputGradient: .linearInputGradient
        case .linearWeightGradient: .linearWeightGradient
        case .biasGradient: .biasGradient
        case .batchNormGradient: .batchNormGradient
        case .frozenBatchNormGradient: .frozenBatchNormGradient
        case .reluGradient: .reluGradient
        case .gradientSum: .gradientSum
        case .gatedSumGradient: .gatedSumGradient
        case .sigmoidGradient: .sigmoidGradient
        case .productSum: .productSum
        case .layerNormGradient: .layerNormGradient
        case .attentionGradient: .attentionGradient
        case .classWeightsInputGradient: .classWeightsInputGradient
        case .classWeightsGradient: .classWeightsGradient
        case .scale: .scale
        case .slice: .slice
        case .maxPoolGradient: .maxPoolGradient
        case .averagePoolGradient: .averagePoolGradient
        case .adaptiveAveragePoolGradient: .adaptiveAveragePoolGradient
        case .globalAveragePoolGradient: .globalAveragePoolGradient
        case .dropoutGradient: .dropoutGradient
        }
    }
  }

  /// The graphs of an example: its step as the GPU runs it, and its evaluation.
  private static func programs(_ example: OperationExample, _ type: ConvolutionType) -> [CUDAProgram] {
    let (graph, objectives) = example.network()
    return [
      graph.step(
        minimising: objectives, memory: example.memory,
        lower: { $0.loweredForCUDA(.training, type: type) }, bytes: \.plan.bytes),
      graph.loweredForCUDA(.inference, type: type),
    ]
  }

  @Test func everyOperationHasAnExample() {
    var found: Set<Kind> = []
    for example in OperationExample.all {
      for program in Self.programs(example, .float32) {
        found.formUnion(program.graph.values.map { Kind($0.operation) })
      }
    }
    let missing = Kind.allCases.filter { !found.contains($0) }
    #expect(missing.isEmpty, "\(missing)")
  }

  /// Kernels that no network contains: those of the input, of optimizers, of the loss scale and of checksums.
  private static let others: Set = [
    "adam", "checksum_u64", "finite_flag", "normalise", "sgd", "update_scale",
  ]

  /// Every other kernel runs in an example, in one of the types that it is compiled for at least.
  @Test func everyKernelHasAnExample() {
    var plainNames: [String: String] = [:]
    for unit in KernelSource.units {
      for kernel in unit.kernels {
        plainNames[kernel] = unit.element.map { String(kernel.dropLast($0.rawValue.count + 1)) } ?? kernel
      }
    }
    var found: Set<String> = []
    for type in ConvolutionType.allCases {
      for program in OperationExample.all.flatMap({ Self.programs($0, type) }) {
        for case .kernel(let call) in program.instructions { found.insert(plainNames[call.kernel]!) }
      }
    }
    #expect(Set(plainNames.values).subtracting(found) == Self.others)
  }

  @Test func namesDiffer() {
    let names = OperationExample.all.map(\.name)
    #expect(Set(names).count == names.count)
  }
}
