import Networks

/// Σ wᵢ ⊙ zᵢ of the logits of the sensors' networks, with w the softmax over the sensors of θ: a weight for each sensor and
/// class, the same for all patches.
///
/// Parameter: `weight` `[n, K]`, in the order of the sensors. It starts at 0, so that a training begins with the mean.
package struct ClassWeighting: Join {
  package init() {}

  package func join(_ values: [ValueID], in graph: inout Graph, name: String) -> ValueID {
    graph.classWeights(values, name)
  }
}
