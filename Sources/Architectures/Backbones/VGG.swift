import Networks

/// VGG (Simonyan, Zisserman, "Very deep convolutional networks for large-scale image recognition", 2015) as in
/// torchvision: five blocks of 3×3 convolutions with biases, a max pool at the end of each.
public struct VGG: Backbone, Hashable {
  /// The members of the family, by torchvision's names. `_bn` has a batch norm behind each convolution.
  public enum Member: String, CaseIterable, Hashable, Sendable {
    case vgg16, vgg19
    case vgg16BN = "vgg16_bn"
    case vgg19BN = "vgg19_bn"

    /// Convolutions of the five blocks.
    var convolutions: [Int] {
      switch self {
      case .vgg16, .vgg16BN: [2, 2, 3, 3, 3]
      case .vgg19, .vgg19BN: [2, 2, 4, 4, 4]
      }
    }

    var hasBatchNorm: Bool { self == .vgg16BN || self == .vgg19BN }
  }

  package let member: Member
  /// Channels of the first block; 64 in the published networks. Later blocks have 2, 4, 8 and 8 times as many.
  package let width: Int
  /// Outputs of the two hidden linear layers; 4096 in the published networks.
  package let hidden: Int

  /// The published network.
  public init(_ member: Member) { self.init(member, width: 64, hidden: 4096) }

  /// A network with fewer channels, for checks.
  package init(_ member: Member, width: Int, hidden: Int) {
    (self.member, self.width, self.hidden) = (member, width, hidden)
  }

  /// Torchvision's name: "vgg16_bn".
  public var name: String { member.rawValue }
  /// The blocks of convolutions.
  public var stages: [String] { ["block1", "block2", "block3", "block4", "block5"] }
  /// torchvision has the head `pooled`, and the SEN12MS toolbox has `flatten`.
  public var heads: [HeadKind] { [.pooled, .flatten] }
  /// The published shares of dropout behind the hidden linear layers.
  public var dropouts: [Float] { [0.5, 0.5] }
  /// Five max pools halve the image.
  public var smallestImage: Int { 32 }

  /// Layers of a convolution in `features`: the convolution, its batch norm if there is one, its ReLU.
  private var layersPerConvolution: Int { member.hasBatchNorm ? 3 : 2 }

  /// The number in `features` of each block's first convolution: 0, 5, 10, … for vgg16.
  private var firstLayers: [Int] {
    member.convolutions.reduce(into: [0]) { $0.append($0.last! + $1 * layersPerConvolution + 1) }
  }

  /// One block and its max pool, which halves height and width.
  public func stage(_ index: Int, of x: ValueID, in graph: inout Graph, prefix: String) -> ValueID {
    var x = x
    var layer = firstLayers[index]
    for _ in 0..<member.convolutions[index] {
      // Torchvision starts all biases at 0; the toolbox makes a new first convolution, with PyTorch's own start.
      x = graph.convolution(
        x, "\(prefix)features.\(layer)", channels: width << min(index, 3), window: Window(3, 3, padding: 1),
        bias: true, startsAtZero: layer > 0)
      if member.hasBatchNorm { x = graph.batchNorm(x, "\(prefix)features.\(layer + 1)") }
      x = graph.relu(x, "\(prefix)features.\(layer + layersPerConvolution - 1)")
      layer += layersPerConvolution
    }
    return graph.maxPool(x, Window(2, 2, stride: 2), "\(prefix)features.\(layer)")
  }

  /// Three linear layers, on 7×7 means or on all features.
  public func classifier(of x: ValueID, in graph: inout Graph, prefix: String, head: Head) -> ValueID {
    let features =
      kind(of: head) == .pooled
      ? graph.adaptiveAveragePool(x, height: 7, width: 7, prefix + "avgpool") : x
    return graph.linearLayers(
      of: features, prefix + "classifier", hidden: [hidden, hidden], dropouts: dropouts, head)
  }

  /// The number behind `features` tells the block.
  public func part(ofLayer name: String) -> String {
    let parts = name.split(separator: ".")
    guard parts.count > 1, parts[0] == "features", let layer = Int(parts[1]) else {
      return parts[0] == "avgpool" ? "classifier" : String(parts[0])
    }
    return stages[firstLayers.dropLast().lastIndex { $0 <= layer }!]
  }
}
