import Networks

/// Densely connected networks (Huang et al., "Densely connected convolutional networks", 2017) as in torchvision.
///
/// A layer of a dense block reads the block's input and the outputs of all layers before it, stacked.
public struct DenseNet: Backbone, Hashable {
  /// The members of the family, by torchvision's names.
  public enum Depth: String, CaseIterable, Hashable, Sendable {
    case densenet121, densenet161, densenet169, densenet201

    /// Layers of the four blocks.
    package var layers: [Int] {
      switch self {
      case .densenet121: [6, 12, 24, 16]
      case .densenet161: [6, 12, 36, 24]
      case .densenet169: [6, 12, 32, 32]
      case .densenet201: [6, 12, 48, 32]
      }
    }

    /// Channels that each layer adds.
    var growth: Int { self == .densenet161 ? 48 : 32 }
  }

  package let depth: Depth
  /// Channels that each layer adds; the stem has twice as many.
  package let growth: Int

  /// The published network of a depth.
  public init(_ depth: Depth) { self.init(depth, growth: depth.growth) }

  /// A network with fewer channels, for checks.
  package init(_ depth: Depth, growth: Int) { (self.depth, self.growth) = (depth, growth) }

  /// Torchvision's name: "densenet121".
  public var name: String { depth.rawValue }
  /// Stem and four dense blocks, each but the last with the transition behind it.
  public var stages: [String] { ["stem", "denseblock1", "denseblock2", "denseblock3", "denseblock4"] }
  /// torchvision has the head `pooled`, and the SEN12MS toolbox has `flatten`.
  public var heads: [HeadKind] { [.pooled, .flatten] }
  /// There is no hidden linear layer.
  public var dropouts: [Float] { [] }
  /// The stem leaves 8×8 pixels of 29×29, and three transitions halve these.
  public var smallestImage: Int { 29 }

  /// Stage 0 is the stem, stage i is block i with what lies behind it.
  public func stage(_ index: Int, of x: ValueID, in graph: inout Graph, prefix: String) -> ValueID {
    let features = prefix + "features."
    guard index > 0 else { return stem(&graph, x, features) }
    let block = denseBlock(&graph, x, "\(features)denseblock\(index)", layers: depth.layers[index - 1])
    return index < 4
      ? transition(&graph, block, "\(features)transition\(index)")
      : graph.batchNorm(block, features + "norm5")
  }

  /// ReLU, mean of the pixels and a linear layer; or a linear layer on all features as they are.
  public func classifier(of x: ValueID, in graph: inout Graph, prefix: String, head: Head) -> ValueID {
    var x = x
    if kind(of: head) == .pooled {
      x = graph.globalAveragePool(graph.relu(x, prefix + "relu"), prefix + "avgpool")
    }
    return graph.classifier(of: x, "classifier", head, prefix: prefix)
  }

  /// "denseblock2" of "features.denseblock2.denselayer1.conv1" and of "features.transition2.conv".
  public func part(ofLayer name: String) -> String {
    guard name.hasPrefix("features.") else {
      let module = Self.module(of: name)
      return ["relu", "avgpool", "dropout"].contains(module) ? "classifier" : module
    }
    let module = Self.module(of: name.dropFirst("features.".count))
    if module == "norm5" { return stages[4] }
    return stages.contains(module)
      ? module
      : module.hasPrefix("transition") ? "denseblock" + module.dropFirst("transition".count) : stages[0]
  }

  private func stem(_ graph: inout Graph, _ input: ValueID, _ features: String) -> ValueID {
    var x = graph.convolution(
      input, features + "conv0", channels: 2 * growth, window: Window(7, 7, stride: 2, padding: 3))
    x = graph.relu(graph.batchNorm(x, features + "norm0"), features + "relu0")
    return graph.maxPool(x, Window(3, 3, stride: 2, padding: 1), features + "pool0")
  }

  /// The stack grows by one layer at a time, and each stack begins with the one before it.
  private func denseBlock(_ graph: inout Graph, _ input: ValueID, _ name: String, layers: Int) -> ValueID {
    var stack = input
    for number in 1...layers {
      let layer = "\(name).denselayer\(number)"
      var x = graph.relu(graph.batchNorm(stack, layer + ".norm1"), layer + ".relu1")
      x = graph.convolution(x, layer + ".conv1", channels: 4 * growth, window: Window(1, 1))
      x = graph.relu(graph.batchNorm(x, layer + ".norm2"), layer + ".relu2")
      x = graph.convolution(x, layer + ".conv2", channels: growth, window: Window(3, 3, padding: 1))
      stack = graph.concatenate([stack, x], layer)
    }
    return stack
  }

  /// Half as many channels, half the height and width.
  private func transition(_ graph: inout Graph, _ input: ValueID, _ name: String) -> ValueID {
    let channels = graph[input].shape.channels / 2
    var x = graph.relu(graph.batchNorm(input, name + ".norm"), name + ".relu")
    x = graph.convolution(x, name + ".conv", channels: channels, window: Window(1, 1))
    return graph.averagePool(x, Window(2, 2, stride: 2), name + ".pool")
  }
}
