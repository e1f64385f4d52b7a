import Networks

/// How the values of several sensors become one.
///
/// One join is one file. `Fusion` says where in a network the join is.
public protocol Join: Sendable {
  /// Joins images or features `[N, H, W, C]`. They agree in all dimensions but those that the join allows to
  /// differ.
  /// - Parameter name: name of the layer; names of further layers and parameters begin with it.
  func join(_ values: [ValueID], in graph: inout Graph, name: String) -> ValueID
}

/// The channels of all sensors, one sensor after the other: `[N, H, W, A]` and `[N, H, W, B]` give
/// `[N, H, W, A + B]`.
package struct StackedChannels: Join {
  package init() {}

  package func join(_ values: [ValueID], in graph: inout Graph, name: String) -> ValueID {
    graph.concatenate(values, name)
  }
}

/// (w₁a + w₂b + …) / (w₁ + w₂ + …) of features that have one shape.
package struct WeightedMean: Join {
  /// One weight for each sensor; nil for equal weights.
  package let weights: [Float]?

  package init(weights: [Float]? = nil) { self.weights = weights }

  package func join(_ values: [ValueID], in graph: inout Graph, name: String) -> ValueID {
    let weights = weights ?? values.map { _ in 1 }
    precondition(weights.count == values.count, "a weighted mean needs one weight a sensor")
    return graph.average(values, weights: weights, name)
  }
}
