import Networks

/// The network `DFNetNew2` of the paper's code: a ResNet101 with four linear layers behind the mean of its pixels.
public struct DFNN2: Backbone, Hashable {
  private let encoder: ResNet
  /// Outputs of the three hidden linear layers; 4096, 8192 and 4096 in the published network.
  package let hidden: [Int]

  /// The published network, or one with another stem.
  public init(stem: Stem = .sevenBySeven) {
    self.init(ResNet(.resnet101, stem: stem), hidden: [4096, 8192, 4096])
  }

  /// A smaller network, for checks.
  package init(_ encoder: ResNet, hidden: [Int]) { (self.encoder, self.hidden) = (encoder, hidden) }

  /// The name in `model.architecture`.
  public var name: String { "dfnn2" }
  /// The stages of the ResNet.
  public var stages: [String] { encoder.stages }
  /// The only head.
  public var heads: [HeadKind] { [.mlp] }
  /// The published shares of dropout behind the hidden linear layers.
  public var dropouts: [Float] { [0.5, 0.55, 0.5] }
  /// As for the ResNet.
  public var smallestImage: Int { encoder.smallestImage }

  /// A stage of the ResNet.
  public func stage(_ index: Int, of x: ValueID, in graph: inout Graph, prefix: String) -> ValueID {
    encoder.stage(index, of: x, in: &graph, prefix: prefix)
  }

  /// The mean of the pixels, and four linear layers.
  public func classifier(of x: ValueID, in graph: inout Graph, prefix: String, head: Head) -> ValueID {
    precondition(kind(of: head) == .mlp)
    return graph.linearLayers(
      of: graph.globalAveragePool(x, prefix + "avgpool"), prefix + "fc", hidden: hidden, dropouts: dropouts,
      head)
  }

  /// `avgpool` and `fc` are the classifier.
  public func part(ofLayer name: String) -> String { encoder.part(ofLayer: name) }
}
