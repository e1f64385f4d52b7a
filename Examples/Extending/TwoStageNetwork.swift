import Architectures
import Networks

/// A family of networks in one file, with two stages. Each is a convolution, a batch norm and a ReLU, the
/// second at half the resolution.
package struct TwoStageNetwork: Backbone {
  /// Channels of the first stage; the second has twice as many.
  package let width: Int

  package init(width: Int) { self.width = width }

  package var name: String { "twostage\(width)" }
  package var stages: [String] { ["fine", "coarse"] }

  package func stage(_ index: Int, of x: ValueID, in graph: inout Graph, prefix: String) -> ValueID {
    let name = prefix + stages[index]
    let window = Window(3, 3, stride: index + 1, padding: 1)
    let y = graph.convolution(x, name + ".conv", channels: width << index, window: window)
    return graph.relu(graph.batchNorm(y, name + ".bn"), name + ".relu")
  }

  package var heads: [HeadKind] { [.pooled] }
  package var dropouts: [Float] { [] }
  package var smallestImage: Int { 1 }

  package func classifier(of x: ValueID, in graph: inout Graph, prefix: String, head: Head) -> ValueID {
    let pooled = graph.globalAveragePool(x, prefix + "pool")
    let kept = graph.dropout(pooled, rate: head.dropout ?? 0, prefix + "dropout")
    return graph.linear(kept, prefix + "fc", outputs: head.classes)
  }

  package func part(ofLayer name: String) -> String {
    stages.first { name.hasPrefix($0 + ".") } ?? "classifier"
  }
}
