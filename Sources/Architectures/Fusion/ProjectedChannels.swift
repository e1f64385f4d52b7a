import Networks

/// ReLU(BN(W [a, b, …])): the channels of all sensors stacked, and projected back to as many as one sensor has.
///
/// Parameters: `conv.weight` `[C, n C, 1, 1]`, and a batch norm `bn`. Two sensors of 128 channels have 32,768 weights.
package struct ProjectedChannels: Join {
  package init() {}

  package func join(_ values: [ValueID], in graph: inout Graph, name: String) -> ValueID {
    let channels = graph[values[0]].shape.channels
    let stacked = graph.concatenate(values, name + ".stack")
    let projected = graph.convolution(stacked, name + ".conv", channels: channels, window: Window(1, 1))
    return graph.relu(graph.batchNorm(projected, name + ".bn"), name)
  }
}
