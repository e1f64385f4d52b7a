import Networks

/// Weights of channels that all sensors decide on together (Joze et al., "MMTM", 2020): Σ 2 σ(eᵢ) ⊙ xᵢ / n, where e follows
/// from the means of all sensors' channels by two linear layers.
///
/// With n sensors of C channels: p = means over the pixels (n C), h = ReLU(W₁ p + c₁) (C / 2), e = W₂ h + c₂ (n C).
/// Parameters: `squeeze.weight`, `squeeze.bias`, `excite.weight`, `excite.bias`. `excite` starts at 0, so that a training
/// begins with the mean.
package struct Excitation: Join {
  package init() {}

  package func join(_ values: [ValueID], in graph: inout Graph, name: String) -> ValueID {
    let channels = graph[values[0]].shape.channels
    let means = values.enumerated().map { graph.globalAveragePool($1, name + ".means\($0)") }
    let squeezed = graph.linear(
      graph.concatenate(means, name + ".stack"), name + ".squeeze", outputs: max(1, channels / 2))
    let excited = graph.linear(
      graph.relu(squeezed, name + ".relu"), name + ".excite", outputs: values.count * channels,
      fromZero: true)
    let weights = graph.sigmoid(excited, factor: 2 / Float(values.count), name + ".weights")
    graph.markOutput(weights, SensorShares.output(of: name))
    return graph.scaledSum(values, weights: weights, name)
  }
}
