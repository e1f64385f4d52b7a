import Architectures
import Networks

/// A network of the check.
struct NetworkExample {
  let backbone: any Backbone
  /// The backbone in tables: "ResNet18/4", where the number behind the slash is the number of channels of a thin one.
  let title: String
  /// Channels of the first layers.
  let width: Int
  let fusion: Meeting
  /// Height and width of the images.
  let size: Int
  let batch: Int
  /// nil for the published shares.
  var dropout: Float? = 0

  /// Where the sensors meet, and how.
  enum Meeting: String {
    case none = "one sensor"
    case early
    case middle
    case separate = "late separate"
    case joint = "late joint"
    case three = "middle, three sensors"
    case stacked = "middle, concat"
    case gated = "middle, gated"
    case excited = "middle, se"
    case attention = "middle, attention"
    case weighted = "late, class_weights"

    /// The ways in which one or two sensors meet without parameters.
    static let common: [Meeting] = [.none, .early, .middle, .separate, .joint]
    /// The joins with parameters.
    static let learnt: [Meeting] = [.stacked, .gated, .excited, .attention, .weighted]

    fileprivate var fusion: Fusion {
      switch self {
      case .none: .none
      case .early: .early
      case .middle: .middle(stage: 2, weights: [1, 3])
      case .three: .middle(stage: 1, weights: [1, 3, 0.5])
      case .separate: .late(isJoint: false)
      case .joint: .late(isJoint: true)
      case .stacked: .stage(2, ProjectedChannels())
      case .gated: .stages([1, 2], Gate())
      case .excited: .stage(2, Excitation())
      case .attention: .stage(3, CrossAttention(sensors: ["s2", "s1"]))
      case .weighted: .logits(ClassWeighting(), isJoint: false)
      }
    }
  }

  /// "ResNet18/4 early".
  var name: String { "\(title) \(fusion.rawValue)" }

  private static let publishedWidth = 64

  /// A ResNet with so many channels.
  private static func resNet(
    _ depth: ResNet.Depth, width: Int, _ fusion: Meeting, size: Int, batch: Int, dropout: Float = 0,
    stem: Stem = .sevenBySeven
  ) -> NetworkExample {
    NetworkExample(
      backbone: ResNet(depth, width: width, stem: stem),
      title: "ResNet\(depth.rawValue.dropFirst(6))\(width == publishedWidth ? "" : "/\(width)")"
        + (stem == .sevenBySeven ? "" : " stem \(stem.rawValue)"),
      width: width, fusion: fusion, size: size, batch: batch, dropout: dropout)
  }

  /// What the names leave out: "ResNet18/4: 4 channels, batch 4, 64×64 pixels."
  static func sizes(of examples: [NetworkExample]) -> String {
    var sentences: [String] = []
    for example in examples {
      let sentence =
        "\(example.title): \(example.width) channels, batch \(example.batch), \(example.size)×\(example.size) pixels."
      if !sentences.contains(sentence) { sentences.append(sentence) }
    }
    return sentences.joined(separator: "\n")
  }

  /// "ResNet101, 12 bands of 256×256 pixels".
  var heading: String {
    let bands = sensors.reduce(0) { $0 + $1.bands }
    return "\(title), \(bands) bands of \(size)×\(size) pixels"
  }

  /// Ten bands of Sentinel-2, two of Sentinel-1, and heights.
  private var sensors: [FusionNetwork.Sensor] {
    let all = [("s2", 10), ("s1", 2), ("dem", 1)].map { FusionNetwork.Sensor(name: $0, bands: $1) }
    return switch fusion {
    case .none: Array(all.prefix(1))
    case .early, .middle, .separate, .joint, .stacked, .gated, .excited, .attention, .weighted:
      Array(all.prefix(2))
    case .three: all
    }
  }

  /// - Parameter loss: what each objective minimises.
  func network(_ loss: Loss) -> (graph: Graph, objectives: [Objective]) {
    FusionNetwork(
      backbone: backbone, fusion: fusion.fusion, sensors: sensors,
      head: Head(classes: 10, dropout: dropout)
    ).objectives(batch: batch, height: size, width: size, loss: loss)
  }

  /// Small networks: ResNets with all fusions and joins and one for small patches, and a member of each other family.
  static let thin =
    Meeting.common.map { resNet(.resnet18, width: 4, $0, size: 64, batch: 4, dropout: 0.2) }
    + Meeting.learnt.map { resNet(.resnet18, width: 8, $0, size: 64, batch: 6) }
    + [resNet(.resnet18, width: 8, .three, size: 32, batch: 6, stem: .threeByThree)] + families

  private static let families = [
    NetworkExample(
      backbone: VGG(.vgg16BN, width: 4, hidden: 16), title: "VGG16_bn/4", width: 4, fusion: .early, size: 48,
      batch: 6, dropout: nil),
    NetworkExample(
      backbone: DenseNet(.densenet121, growth: 4), title: "DenseNet121/8", width: 8, fusion: .gated, size: 64,
      batch: 6),
    NetworkExample(
      backbone: DFN(width: 4, hidden: 16), title: "DFN/4", width: 4, fusion: .early, size: 48, batch: 6),
    NetworkExample(
      backbone: DFNN2(ResNet(.resnet50, width: 4), hidden: [16, 24, 16]), title: "DFNN2/4", width: 4,
      fusion: .middle, size: 64, batch: 6),
  ]

  /// The published networks, and small ones of the same depths.
  static let all =
    thin
    + [ResNet.Depth.resnet50, .resnet101].map {
      resNet($0, width: 8, .early, size: 64, batch: 6)
    }
    + [ResNet.Depth.resnet18, .resnet50, .resnet101].flatMap { depth in
      Meeting.common.map { resNet(depth, width: 64, $0, size: 96, batch: 6) }
    }

  /// The network of the comparisons over several steps.
  static func training(isQuick: Bool) -> NetworkExample {
    isQuick
      ? resNet(.resnet18, width: 4, .early, size: 48, batch: 3, dropout: 0.2)
      : resNet(.resnet18, width: 16, .middle, size: 64, batch: 8, dropout: 0.2)
  }

  /// The network whose speed is measured: that of the paper, 12 bands of 256×256 pixels.
  static func speed(batch: Int, isQuick: Bool) -> NetworkExample {
    isQuick
      ? resNet(.resnet18, width: 4, .early, size: 64, batch: batch)
      : resNet(.resnet101, width: 64, .early, size: 256, batch: batch)
  }
}
