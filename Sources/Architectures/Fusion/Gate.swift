import Networks

/// g ⊙ a + (1 − g) ⊙ b with g = σ(W [a, b] + c): a gate for every channel of every pixel says how much of each of two
/// sensors passes.
///
/// Parameters: `gate.weight` `[C, 2 C, 1, 1]` and `gate.bias`. Both start at 0, so that a training begins with the mean.
package struct Gate: Join {
  package init() {}

  /// - Precondition: two sensors.
  package func join(_ values: [ValueID], in graph: inout Graph, name: String) -> ValueID {
    precondition(values.count == 2, "\(name): a gate decides between two sensors, not \(values.count)")
    let channels = graph[values[0]].shape.channels
    let logits = graph.convolution(
      graph.concatenate(values, name + ".stack"), name + ".gate", channels: channels, window: Window(1, 1),
      bias: true, fromZero: true)
    let gates = graph.sigmoid(logits, name + ".gates")
    graph.markOutput(graph.globalAveragePool(gates, name + ".shares"), SensorShares.output(of: name))
    return graph.gatedSum(logits: logits, values[0], values[1], name)
  }
}
