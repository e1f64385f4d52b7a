import Networks

/// Residual networks (He et al., "Deep residual learning for image recognition", 2016) as in torchvision:
/// stride in the 3×3 convolution, and torchvision's names for every parameter.
public struct ResNet: Backbone, Hashable {
  /// The members of the family, by torchvision's names.
  public enum Depth: String, CaseIterable, Hashable, Sendable, Codable {
    case resnet18, resnet34, resnet50, resnet101, resnet152

    /// Blocks of the four stages.
    package var blocks: [Int] {
      switch self {
      case .resnet18: [2, 2, 2, 2]
      case .resnet34, .resnet50: [3, 4, 6, 3]
      case .resnet101: [3, 4, 23, 3]
      case .resnet152: [3, 8, 36, 3]
      }
    }

    /// Whether blocks are 1×1, 3×3, 1×1 convolutions instead of two 3×3.
    package var hasBottlenecks: Bool { self != .resnet18 && self != .resnet34 }
  }

  package let depth: Depth
  /// Channels of the stem; 64 in the published networks. Stages have multiples of it.
  package let width: Int
  package let stem: Stem

  /// The published network of a depth, or one with another stem.
  public init(_ depth: Depth, stem: Stem = .sevenBySeven) { self.init(depth, width: 64, stem: stem) }

  /// A network with fewer or more channels, for checks.
  package init(_ depth: Depth, width: Int, stem: Stem = .sevenBySeven) {
    (self.depth, self.width, self.stem) = (depth, width, stem)
  }

  /// Torchvision's name: "resnet101".
  public var name: String { depth.rawValue }

  /// Stem and four residual stages, numbered as fusion points are: 0 is the stem, 1–4 are `layer1`–`layer4`.
  public var stages: [String] { ["stem", "layer1", "layer2", "layer3", "layer4"] }

  /// Stage 0 is the stem, stages 1 to 4 are `layer1` to `layer4`.
  public func stage(_ index: Int, of x: ValueID, in graph: inout Graph, prefix: String) -> ValueID {
    index == 0 ? firstLayers(&graph, x, prefix) : layer(&graph, x, index, prefix)
  }

  /// The only head.
  public var heads: [HeadKind] { [.pooled] }
  /// There is no hidden linear layer.
  public var dropouts: [Float] { [] }
  /// Convolutions and max pools are padded, so that one pixel stays one pixel.
  public var smallestImage: Int { 1 }

  /// Pooling, dropout and linear classifier.
  public func classifier(of x: ValueID, in graph: inout Graph, prefix: String, head: Head) -> ValueID {
    precondition(kind(of: head) == .pooled)
    return graph.classifier(
      of: graph.globalAveragePool(x, prefix + "avgpool"), "fc", head, prefix: prefix)
  }

  /// `conv1`, `bn1`, `relu` and `maxpool` are the stem; `avgpool`, `dropout` and `fc` the classifier.
  public func part(ofLayer name: String) -> String {
    let module = Self.module(of: name)
    return switch module {
    case "conv1", "bn1", "relu", "maxpool": "stem"
    case "avgpool", "dropout", "fc": "classifier"
    default: module
    }
  }

  private func firstLayers(_ graph: inout Graph, _ input: ValueID, _ prefix: String) -> ValueID {
    let window =
      switch stem {
      case .sevenBySeven: Window(7, 7, stride: 2, padding: 3)
      case .threeByThree: Window(3, 3, padding: 1)
      }
    var x = graph.convolution(input, prefix + "conv1", channels: width, window: window)
    x = graph.batchNorm(x, prefix + "bn1")
    x = graph.relu(x, prefix + "relu")
    return switch stem {
    case .sevenBySeven: graph.maxPool(x, Window(3, 3, stride: 2, padding: 1), prefix + "maxpool")
    case .threeByThree: x
    }
  }

  private func layer(
    _ graph: inout Graph, _ input: ValueID, _ number: Int, _ prefix: String
  ) -> ValueID {
    let width = width << (number - 1)
    var x = input
    for block in 0..<depth.blocks[number - 1] {
      let stride = block == 0 && number > 1 ? 2 : 1
      let name = "\(prefix)layer\(number).\(block)"
      x =
        depth.hasBottlenecks
        ? bottleneck(&graph, x, name, width: width, stride: stride)
        : basicBlock(&graph, x, name, width: width, stride: stride)
    }
    return x
  }

  private func basicBlock(
    _ graph: inout Graph, _ input: ValueID, _ name: String, width: Int, stride: Int
  ) -> ValueID {
    var x = graph.convolution(
      input, name + ".conv1", channels: width, window: Window(3, 3, stride: stride, padding: 1))
    x = graph.relu(graph.batchNorm(x, name + ".bn1"), name + ".relu1")
    x = graph.convolution(x, name + ".conv2", channels: width, window: Window(3, 3, padding: 1))
    x = graph.batchNorm(x, name + ".bn2")
    return join(&graph, x, input, name, channels: width, stride: stride)
  }

  private func bottleneck(
    _ graph: inout Graph, _ input: ValueID, _ name: String, width: Int, stride: Int
  ) -> ValueID {
    var x = graph.convolution(input, name + ".conv1", channels: width, window: Window(1, 1))
    x = graph.relu(graph.batchNorm(x, name + ".bn1"), name + ".relu1")
    x = graph.convolution(
      x, name + ".conv2", channels: width, window: Window(3, 3, stride: stride, padding: 1))
    x = graph.relu(graph.batchNorm(x, name + ".bn2"), name + ".relu2")
    x = graph.convolution(x, name + ".conv3", channels: 4 * width, window: Window(1, 1))
    x = graph.batchNorm(x, name + ".bn3")
    return join(&graph, x, input, name, channels: 4 * width, stride: stride)
  }

  /// relu(x + shortcut), the shortcut projected where its shape differs.
  private func join(
    _ graph: inout Graph, _ x: ValueID, _ input: ValueID, _ name: String, channels: Int, stride: Int
  ) -> ValueID {
    var shortcut = input
    if stride != 1 || graph[input].shape.channels != channels {
      shortcut = graph.convolution(
        input, name + ".downsample.0", channels: channels, window: Window(1, 1, stride: stride))
      shortcut = graph.batchNorm(shortcut, name + ".downsample.1")
    }
    return graph.relu(graph.add(x, shortcut, name + ".add"), name)
  }
}
