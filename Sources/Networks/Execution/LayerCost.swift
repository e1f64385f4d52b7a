/// What a layer of a network costs: trained numbers, arithmetic, and memory for the backward pass.
package struct LayerCost: Equatable, Sendable {
  /// The PyTorch module path, e.g. `layer1.0.conv2`.
  package let name: String
  /// What it does: "convolution 3×3/2", "batch norm".
  package let kind: String
  package let output: Shape
  package private(set) var parameters = 0
  /// Floating-point operations of the forward pass of a batch: two for each multiplication and addition of
  /// convolutions and linear layers. Other layers only pass over memory and are not counted.
  package private(set) var forwardFLOPs = 0
  /// The same for a training step: forward pass, gradients of weights and inputs, and values computed again.
  package private(set) var trainingFLOPs = 0
  /// Bytes kept from the forward to the backward pass.
  package private(set) var keptBytes = 0

  /// The layers of a network in order of computation. A bias belongs to the layer before it; ReLUs and sums
  /// appear only where their result is kept.
  ///
  /// - Parameters:
  ///   - forward: the network without its derivative.
  ///   - training: a training step on batches of the same size.
  ///   - kept: bytes that each layer keeps for the backward pass of that step, by the layer's name.
  package static func layers(
    of forward: Graph, training: Graph, kept: [String: Int]
  ) -> [LayerCost] {
    let steps = training.trainingFLOPs
    var layers: [LayerCost] = []
    for value in forward.values {
      let parameters = value.operation.parametersRead
      let count = parameters.reduce(0) { $0 + forward[$1].count }
      let bytes = kept[value.name] ?? 0
      let kind: String
      switch value.operation.rules.title {
      case .hidden: continue
      case .ofLayerBefore:
        guard let last = layers.indices.last else { continue }
        layers[last].parameters += count
        layers[last].keptBytes += bytes
        continue
      case .whereKept(let title):
        guard bytes > 0 else { continue }
        kind = title
      case .layer(let title): kind = title
      }
      var layer = LayerCost(name: value.name, kind: kind, output: value.shape)
      layer.parameters = count
      layer.forwardFLOPs = forward.arithmetic(of: value)
      layer.trainingFLOPs = steps[value.name] ?? 0
      layer.keptBytes = bytes
      layers.append(layer)
    }
    return layers
  }
}

extension Graph {
  /// Floating-point operations of a value: two for each multiplication and addition of a matrix product.
  package func arithmetic(of value: Value) -> Int {
    value.operation.rules.arithmetic(value.inputs.map { self[$0].shape }, value.shape, in: self)
  }

  /// Floating-point operations of a training step by layer: forward values, values computed again, derivatives.
  package var trainingFLOPs: [String: Int] {
    var total: [String: Int] = [:]
    for value in values {
      let work = arithmetic(of: value)
      guard work > 0 else { continue }
      let isDerivative = value.name.hasSuffix(Tape.derivative)
      let layer = isDerivative ? String(value.name.dropLast(Tape.derivative.count)) : value.name
      total[layer, default: 0] += work
    }
    return total
  }
}
