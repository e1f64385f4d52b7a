import Architectures
import Networks

/// A network of the check.
struct NetworkExample {
  let depth: ResNet.Depth
  let width: Int
  let fusion: Meeting
  /// Height and width of the images.
  let size: Int
  let batch: Int
  var dropout: Float = 0

  /// Where the sensors meet.
  enum Meeting: String, CaseIterable {
    case none = "one sensor"
    case early
    case middle
    case separate = "late separate"
    case joint = "late joint"

    fileprivate var fusion: Fusion {
      switch self {
      case .none: .none
      case .early: .early
      case .middle: .middle(stage: 2, weights: [1, 3])
      case .separate: .late(isJoint: false)
      case .joint: .late(isJoint: true)
      }
    }
  }

  /// "ResNet18/4 early", where the number behind the slash is the number of channels of a thin one.
  var name: String { "\(backbone) \(fusion.rawValue)" }

  private static let publishedWidth = 64

  private var backbone: String {
    "ResNet\(depth.rawValue.dropFirst(6))\(width == Self.publishedWidth ? "" : "/\(width)")"
  }

  /// What the names leave out: "ResNet18/4: 4 channels, batch 4, 64×64 pixels."
  static func sizes(of examples: [NetworkExample]) -> String {
    var sentences: [String] = []
    for example in examples {
      let sentence =
        "\(example.backbone): \(example.width) channels, batch \(example.batch), \(example.size)×\(example.size) pixels."
      if !sentences.contains(sentence) { sentences.append(sentence) }
    }
    return sentences.joined(separator: "\n")
  }

  /// "ResNet101, 12 bands of 256×256 pixels".
  var title: String {
    let bands = Self.sensors.reduce(0) { $0 + $1.bands }
    return "\(backbone), \(bands) bands of \(size)×\(size) pixels"
  }

  /// Ten bands of Sentinel-2 and two of Sentinel-1.
  private static let sensors = [
    FusionNetwork.Sensor(name: "s2", bands: 10), FusionNetwork.Sensor(name: "s1", bands: 2),
  ]

  /// - Parameter loss: what each objective minimises.
  func network(_ loss: Loss) -> (graph: Graph, objectives: [Objective]) {
    let sensors = fusion == .none ? Array(Self.sensors.prefix(1)) : Self.sensors
    return FusionNetwork(
      backbone: ResNet(depth, width: width), fusion: fusion.fusion, sensors: sensors,
      head: Head(classes: 10, dropout: dropout)
    ).objectives(batch: batch, height: size, width: size, loss: loss)
  }

  /// A small ResNet18 with all fusions.
  static let thin = Meeting.allCases.map {
    NetworkExample(depth: .resnet18, width: 4, fusion: $0, size: 64, batch: 4, dropout: 0.2)
  }

  /// The published networks, and small ones of the same depths.
  static let all =
    thin
    + [ResNet.Depth.resnet50, .resnet101].map {
      NetworkExample(depth: $0, width: 8, fusion: .early, size: 64, batch: 6)
    }
    + [ResNet.Depth.resnet18, .resnet50, .resnet101].flatMap { depth in
      Meeting.allCases.map { NetworkExample(depth: depth, width: 64, fusion: $0, size: 96, batch: 6) }
    }

  /// The network of the comparisons over several steps.
  static func training(isQuick: Bool) -> NetworkExample {
    isQuick
      ? NetworkExample(depth: .resnet18, width: 4, fusion: .early, size: 48, batch: 3, dropout: 0.2)
      : NetworkExample(depth: .resnet18, width: 16, fusion: .middle, size: 64, batch: 8, dropout: 0.2)
  }

  /// The network whose speed is measured: that of the paper, 12 bands of 256×256 pixels.
  static func speed(batch: Int, isQuick: Bool) -> NetworkExample {
    isQuick
      ? NetworkExample(depth: .resnet18, width: 4, fusion: .early, size: 64, batch: batch)
      : NetworkExample(depth: .resnet101, width: 64, fusion: .early, size: 256, batch: batch)
  }
}
