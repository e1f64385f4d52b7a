import Architectures
import Networks

/// A join in one file: the channels of all sensors stacked, then a 1×1 convolution, a batch norm and a ReLU back to as
/// many channels as one sensor has.
///
/// Two sensors with features of 128 channels give 256 stacked ones and 128 again: 32,768 weights.
package struct ProjectedStack: Join {
  package init() {}

  package func join(_ values: [ValueID], in graph: inout Graph, name: String) -> ValueID {
    let stacked = graph.concatenate(values, name + ".stack")
    let channels = graph[values[0]].shape.channels
    let projected = graph.convolution(
      stacked, name + ".projection", channels: channels, window: Window(1, 1))
    return graph.relu(graph.batchNorm(projected, name + ".bn"), name + ".relu")
  }
}
