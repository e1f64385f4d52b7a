/// What a layer of a network costs: numbers to learn, arithmetic, and memory for the backward pass.
package struct LayerCost: Equatable, Sendable {
  /// The PyTorch module path, e.g. `layer1.0.conv2`.
  package let name: String
  /// What it does: "convolution 3×3/2", "batch norm".
  package let kind: String
  package let output: Shape
  package private(set) var parameters = 0
  /// Floating-point operations of the forward pass of a batch: two for each multiplication and addition of
  /// convolutions and linear layers; everything else is passes over memory and not counted.
  package private(set) var forwardFLOPs = 0
  /// The same for a training step: forward pass, gradients of weights and inputs, and what is computed again.
  package private(set) var trainingFLOPs = 0
  /// Bytes kept from the forward to the backward pass.
  package private(set) var keptBytes = 0

  /// The layers of a network in order of computation. A bias belongs to the layer before it; ReLUs and sums
  /// appear only where their result is kept.
  ///
  /// - Parameters:
  ///   - forward: the network without its derivative.
  ///   - training: a training step on batches of the same size.
  ///   - kept: bytes that each layer keeps for the backward pass of that step, by its name.
  package static func layers(
    of forward: Graph, training: Graph, kept: [String: Int]
  ) -> [LayerCost] {
    let steps = training.trainingFLOPs
    var layers: [LayerCost] = []
    for value in forward.values {
      if case .bias(let bias) = value.operation, let last = layers.indices.last {
        layers[last].parameters += forward[bias].count
        layers[last].keptBytes += kept[value.name] ?? 0
        continue
      }
      guard let kind = forward.kind(of: value.operation) else { continue }
      var layer = LayerCost(name: value.name, kind: kind, output: value.shape)
      switch value.operation {
      case .convolution(_, let weight):
        layer.parameters = forward[weight].count
        layer.forwardFLOPs = 2 * value.shape.rows * layer.parameters
        layer.trainingFLOPs = steps[weight] ?? 0
      case .batchNorm(let norm):
        layer.parameters = forward[norm.scale].count + forward[norm.shift].count
      default: break
      }
      layer.keptBytes = kept[value.name] ?? 0
      if layer.keptBytes > 0 || !value.operation.isFused { layers.append(layer) }
    }
    return layers
  }
}

extension Graph {
  /// Floating-point operations of a training step for each weight: every product has as many terms as the
  /// weight has elements for each row of the convolution's output.
  package var trainingFLOPs: [ParameterID: Int] {
    var total: [ParameterID: Int] = [:]
    for value in values {
      let weight: ParameterID
      let output: Shape
      switch value.operation {
      case .convolution(_, let id): (weight, output) = (id, value.shape)
      case .convolutionInputGradient(_, let id, _): (weight, output) = (id, self[value.inputs[0]].shape)
      case .convolutionWeightGradient(_, let id): (weight, output) = (id, self[value.inputs[1]].shape)
      default: continue
      }
      total[weight, default: 0] += 2 * output.rows * self[weight].count
    }
    return total
  }
}

extension Graph {
  /// What a layer with the operation is called; nil for inputs and derivatives.
  fileprivate func kind(of operation: Operation) -> String? {
    switch operation {
    case .convolution(let window, let weight):
      if case .linearWeight = self[weight].kind { return "linear" }
      return "convolution \(window)"
    case .batchNorm: return "batch norm"
    case .relu: return "ReLU"
    case .add: return "sum"
    case .average: return "weighted mean"
    case .concatenate: return "channels stacked"
    case .maxPool(let window): return "max pool \(window)"
    case .globalAveragePool: return "mean of pixels"
    case .dropout: return "dropout"
    default: return nil
    }
  }
}

extension Operation {
  /// Whether other layers do its work on the way.
  fileprivate var isFused: Bool { self == .relu || self == .add }
}
