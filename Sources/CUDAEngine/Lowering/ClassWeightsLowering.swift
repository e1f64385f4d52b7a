import Networks

/// Logits of several networks, weighted by class.
extension CUDALowering {
  mutating func lowerClassWeights(_ value: Graph.Value, _ weights: ParameterID) -> Stored {
    let x = materialised(value.inputs[0], as: .float32)
    let out = buffer(value.shape.count)
    call(
      "class_weights", nil,
      [.buffer(x), .parameter(weights), .buffer(out)] + sizes(weights, samples: value.shape.batch),
      .elements(value.shape.count), reads: [x], writes: [out])
    return .buffer(out)
  }

  mutating func lowerClassWeightsInputGradient(_ value: Graph.Value, _ weights: ParameterID) -> Stored {
    let gradient = materialised(value.inputs[0], as: .float32)
    let out = disposableBuffer(value.shape.count, .float32)
    call(
      "class_weights_input_gradient", nil,
      [.buffer(gradient), .parameter(weights), .buffer(out)] + sizes(weights, samples: value.shape.batch),
      .elements(value.shape.count), reads: [gradient], writes: [out])
    return .buffer(out)
  }

  mutating func lowerClassWeightsGradient(_ value: Graph.Value, _ weights: ParameterID) -> Stored {
    let x = materialised(value.inputs[0], as: .float32)
    let gradient = materialised(value.inputs[1], as: .float32)
    let samples = graph[value.inputs[0]].shape.batch
    call(
      "class_weights_gradient", nil,
      [.buffer(x), .buffer(gradient), .parameter(weights), .gradient(weights)]
        + sizes(weights, samples: samples),
      .elements(graph[weights].shape[1]), reads: [x, gradient], writes: [])
    return .nothing
  }

  /// Samples, networks and classes.
  private func sizes(_ weights: ParameterID, samples: Int) -> [KernelCall.Argument] {
    [.int(samples)] + graph[weights].shape.map { .int($0) }
  }
}
