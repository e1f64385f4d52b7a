import Networks

/// The network `DFNet` of the paper's code: three convolutions with max pools, and four linear layers that hold nearly all
/// parameters.
public struct DFN: Backbone, Hashable {
  /// Channels of the first two convolutions, 64 in the published network; the third has twice as many.
  package let width: Int
  /// Outputs of the three hidden linear layers; 4096 in the published network.
  package let hidden: Int

  /// The published network.
  public init() { self.init(width: 64, hidden: 4096) }

  /// A network with fewer channels, for checks.
  package init(width: Int, hidden: Int) { (self.width, self.hidden) = (width, hidden) }

  /// The name in `model.architecture`.
  public var name: String { "dfn" }
  /// Each stage is a convolution, its batch norm and ReLU, and a max pool.
  public var stages: [String] { ["block1", "block2", "block3"] }
  /// The only head.
  public var heads: [HeadKind] { [.flatten] }
  /// The published shares of dropout behind the hidden linear layers.
  public var dropouts: [Float] { [0.5, 0.5, 0.5] }
  /// 33×33 pixels become 28×28, 7×7, 6×6, 3×3, 2×2 and 1×1.
  public var smallestImage: Int { 33 }

  /// 256×256 pixels become 62×62, 30×30 and 14×14.
  public func stage(_ index: Int, of x: ValueID, in graph: inout Graph, prefix: String) -> ValueID {
    let (side, pool) = index == 0 ? (8, 4) : (4, 2)
    func layer(_ number: Int) -> String { "\(prefix)encoder.\(4 * index + number)" }
    var x = graph.convolution(
      x, layer(0), channels: width << (index / 2), window: Window(side, side, padding: 1), bias: true)
    x = graph.relu(graph.batchNorm(x, layer(1)), layer(2))
    return graph.maxPool(x, Window(pool, pool, stride: pool), layer(3))
  }

  /// Four linear layers on all features.
  public func classifier(of x: ValueID, in graph: inout Graph, prefix: String, head: Head) -> ValueID {
    precondition(kind(of: head) == .flatten)
    return graph.linearLayers(
      of: x, prefix + "classifier", hidden: [hidden, hidden, hidden], dropouts: dropouts, head)
  }

  /// The number behind `encoder` tells the stage.
  public func part(ofLayer name: String) -> String {
    let parts = name.split(separator: ".")
    guard parts.count > 1, parts[0] == "encoder", let layer = Int(parts[1]) else { return String(parts[0]) }
    return stages[layer / 4]
  }
}
