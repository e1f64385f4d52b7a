/// What a training step minimises: a loss of some logits of the graph.
package struct Objective: Sendable {
  /// The name under which the loss is reported.
  package let name: String
  package let logits: ValueID
  package let loss: Loss

  package init(name: String, logits: ValueID, loss: Loss) {
    self.name = name
    self.logits = logits
    self.loss = loss
  }
}

extension Graph {
  /// The name of the input that carries the targets `[N, 1, 1, K]` of a training graph.
  package static let targets = "targets"

  /// The training graph. It holds, objective by objective, the forward values, the loss, and the derivatives down to every
  /// parameter.
  ///
  /// Objectives share no values but the inputs: late fusion with separate losses trains two networks. The
  /// values of the first network are dead before the second begins. The outputs of the graph are kept. A later objective
  /// may read values of an earlier one as constants (`held`).
  ///
  /// - Parameter recomputation: which values are computed again for the derivatives; nil to keep every value.
  package func differentiated(_ objectives: [Objective], recomputing recomputation: Recomputation? = nil)
    -> Graph
  {
    var tape = Tape(forward: self, kept: recomputation.map { kept(by: $0, for: objectives) })
    for objective in objectives { tape.add(objective) }
    return tape.finish()
  }
}
