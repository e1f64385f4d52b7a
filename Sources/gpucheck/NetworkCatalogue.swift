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
  var stem = Stem.sevenBySeven

  /// Where the sensors meet.
  enum Meeting: String {
    case none = "one sensor"
    case early
    case middle
    case separate = "late separate"
    case joint = "late joint"
    case three = "middle, three sensors"

    /// The ways in which one or two sensors meet.
    static let common: [Meeting] = [.none, .early, .middle, .separate, .joint]

    fileprivate var fusion: Fusion {
      switch self {
      case .none: .none
      case .early: .early
      case .middle: .middle(stage: 2, weights: [1, 3])
      case .three: .middle(stage: 1, weights: [1, 3, 0.5])
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
      + (stem == .sevenBySeven ? "" : " stem \(stem.rawValue)")
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
    let bands = sensors.reduce(0) { $0 + $1.bands }
    return "\(backbone), \(bands) bands of \(size)×\(size) pixels"
  }

  /// Ten bands of Sentinel-2, two of Sentinel-1, and heights.
  private var sensors: [FusionNetwork.Sensor] {
    let all = [("s2", 10), ("s1", 2), ("dem", 1)].map { FusionNetwork.Sensor(name: $0, bands: $1) }
    return switch fusion {
    case .none: Array(all.prefix(1))
    case .early, .middle, .separate, .joint: Array(all.prefix(2))
    case .three: all
    }
  }

  /// - Parameter loss: what each objective minimises.
  func network(_ loss: Loss) -> (graph: Graph, objectives: [Objective]) {
    FusionNetwork(
      backbone: ResNet(depth, width: width, stem: stem), fusion: fusion.fusion, sensors: sensors,
      head: Head(classes: 10, dropout: dropout)
    ).objectives(batch: batch, height: size, width: size, loss: loss)
  }

  /// A small ResNet18 with all fusions, and one for small patches.
  static let thin =
    Meeting.common.map {
      NetworkExample(depth: .resnet18, width: 4, fusion: $0, size: 64, batch: 4, dropout: 0.2)
    } + [
      NetworkExample(
        depth: .resnet18, width: 8, fusion: .three, size: 32, batch: 6, stem: .threeByThree)
    ]

  /// The published networks, and small ones of the same depths.
  static let all =
    thin
    + [ResNet.Depth.resnet50, .resnet101].map {
      NetworkExample(depth: $0, width: 8, fusion: .early, size: 64, batch: 6)
    }
    + [ResNet.Depth.resnet18, .resnet50, .resnet101].flatMap { depth in
      Meeting.common.map { NetworkExample(depth: depth, width: 64, fusion: $0, size: 96, batch: 6) }
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
