import Networks

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
