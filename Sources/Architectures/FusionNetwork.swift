import Networks

/// A classifier of patches seen by one or more sensors.
///
/// Parameters have the names that the backbone gives them. In a sensor's own branch the sensor's name and a dot come
/// first: `s1.layer1.0.conv1.weight`.
public struct FusionNetwork: Sendable {
  /// A sensor as the network sees it: the name of the graph input and its channels.
  public struct Sensor: Hashable, Sendable {
    package let name: String
    package let bands: Int

    /// - Parameter bands: channels of its images.
    public init(name: String, bands: Int) {
      self.name = name
      self.bands = bands
    }

    /// The names in the sensor's own branch begin with this: "s1.".
    var prefix: String { name + "." }
  }

  package let backbone: any Backbone
  package let fusion: Fusion
  /// In stacking order.
  package let sensors: [Sensor]
  package let head: Head

  /// - Precondition: one sensor without fusion, at least two with it; a stage that the
  ///   backbone has.
  public init(backbone: any Backbone, fusion: Fusion, sensors: [Sensor], head: Head) {
    switch fusion {
    case .none: precondition(sensors.count == 1, "a network without fusion sees one sensor")
    case .stage(let stage, _):
      precondition(sensors.count >= 2, "fusion needs at least two sensors")
      precondition(
        backbone.stages.indices.contains(stage),
        "\(backbone.name) has stages 0 to \(backbone.stages.count - 1), none of number \(stage)")
    case .inputs, .logits: precondition(sensors.count >= 2, "fusion needs at least two sensors")
    }
    self.backbone = backbone
    self.fusion = fusion
    self.sensors = sensors
    self.head = head
  }

  /// The name of the output that predictions are made from, `[N, 1, 1, classes]`.
  public static let logits = "logits"

  /// Names of the layer that joins images, and of the layer that joins features or logits.
  private static let (imageJoin, featureJoin) = ("stack", "fusion")

  /// The network for a batch of images. Inputs carry the names of the sensors.
  public func graph(batch: Int, height: Int, width: Int) -> Graph {
    build(batch: batch, height: height, width: width).graph
  }

  /// The network, and what its training minimises: one objective, or one for each sensor of separately trained
  /// late fusion.
  package func objectives(
    batch: Int, height: Int, width: Int, loss: Loss
  ) -> (graph: Graph, objectives: [Objective]) {
    let (graph, branches) = build(batch: batch, height: height, width: width)
    if case .logits(_, isJoint: false) = fusion {
      return (graph, zip(sensors, branches).map { Objective(name: $0.name, logits: $1, loss: loss) })
    }
    return (graph, [Objective(name: "loss", logits: graph.outputs[Self.logits]!, loss: loss)])
  }

  /// The forward graph, and the logits of each branch of late fusion.
  private func build(batch: Int, height: Int, width: Int) -> (graph: Graph, branches: [ValueID]) {
    var graph = Graph()
    let images = sensors.map { graph.input($0.name, Shape(batch, height, width, $0.bands)) }
    var branches: [ValueID] = []
    let logits: ValueID
    switch fusion {
    case .none: logits = classified(images[0], in: &graph)
    case .inputs(let join):
      logits = classified(join.join(images, in: &graph, name: Self.imageJoin), in: &graph)
    case .stage(let stage, let join):
      let encoded = zip(sensors, images).map { sensor, image in
        backbone.features(of: image, in: &graph, prefix: sensor.prefix, stages: 0..<stage + 1)
      }
      let joined = join.join(encoded, in: &graph, name: Self.featureJoin)
      logits = classified(joined, in: &graph, from: stage + 1)
    case .logits(let join, _):
      branches = zip(sensors, images).map { sensor, image in
        let logits = classified(image, in: &graph, prefix: sensor.prefix)
        graph.markOutput(logits, Self.logits + "." + sensor.name)
        return logits
      }
      logits = join.join(branches, in: &graph, name: Self.featureJoin)
    }
    graph.markOutput(logits, Self.logits)
    return (graph, branches)
  }

  /// The backbone from a stage on, and its classifier.
  private func classified(
    _ x: ValueID, in graph: inout Graph, prefix: String = "", from stage: Int = 0
  ) -> ValueID {
    let stages = stage..<backbone.stages.count
    let features = backbone.features(of: x, in: &graph, prefix: prefix, stages: stages)
    return backbone.classifier(of: features, in: &graph, prefix: prefix, head: head)
  }
}

extension FusionNetwork {
  /// The part of the network that a layer belongs to: a stage of the backbone or `classifier`, after the sensor's
  /// name where a sensor has a branch of its own. A layer where sensors meet is its own part.
  package func part(ofLayer name: String) -> String {
    let known = backbone.stages + ["classifier"]
    // A sensor may have the name of a stage: "layer3.conv1" is in its branch, "layer3.0.conv1" behind the fusion.
    for prefix in sensors.map(\.prefix) where name.hasPrefix(prefix) {
      let part = backbone.part(ofLayer: String(name.dropFirst(prefix.count)))
      if known.contains(part) { return prefix + part }
    }
    let module = String(name.prefix { $0 != "." })
    return [Self.imageJoin, Self.featureJoin].contains(module) ? module : backbone.part(ofLayer: name)
  }
}
