import Architectures
import Networks

extension FusionNetwork {
  /// The network with its derivative.
  package func trainingGraph(batch: Int, height: Int, width: Int, loss: Loss) -> Graph {
    let (graph, objectives) = objectives(batch: batch, height: height, width: width, loss: loss)
    return graph.differentiated(objectives)
  }
}
