import Networks

/// The channels of all sensors, one sensor after the other: `[N, H, W, A]` and `[N, H, W, B]` give
/// `[N, H, W, A + B]`.
package struct StackedChannels: Join {
  package init() {}

  package func join(_ values: [ValueID], in graph: inout Graph, name: String) -> ValueID {
    graph.concatenate(values, name)
  }
}
