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
    case .stages(let stages, _):
      precondition(sensors.count >= 2, "fusion needs at least two sensors")
      precondition(
        !stages.isEmpty && zip(stages, stages.dropFirst()).allSatisfy { $0 < $1 },
        "stages of a fusion are in increasing order, not \(stages)")
      precondition(
        stages.allSatisfy(backbone.stages.indices.contains),
        "\(backbone.name) has stages 0 to \(backbone.stages.count - 1), not all of \(stages)")
    case .inputs, .logits: precondition(sensors.count >= 2, "fusion needs at least two sensors")
    }
    self.backbone = backbone
    self.fusion = fusion
    self.sensors = sensors
    self.head = head
  }

  /// The name of the output that predictions are made from, `[N, 1, 1, classes]`.
  public static let logits = "logits"

  /// Names of the layer that joins images, and of the layer that joins logits. Names of layers that join features begin with
  /// the latter.
  private static let (imageJoin, featureJoin) = ("stack", "fusion")

  /// The layer that joins the features behind a stage, "fusion2". A mean behind one stage, which has no parameters, is "fusion".
  static func joinName(_ stage: Int, of stages: [Int], _ join: any Join) -> String {
    stages.count == 1 && join is WeightedMean ? featureJoin : "\(featureJoin)\(stage)"
  }

  /// The network for a batch of images. Inputs carry the names of the sensors.
  public func graph(batch: Int, height: Int, width: Int) -> Graph {
    build(batch: batch, height: height, width: width).graph
  }

  /// The network, and what its training minimises: one objective, or one for each sensor of separately trained
  /// late fusion, and then one of its own for a join with parameters.
  package func objectives(
    batch: Int, height: Int, width: Int, loss: Loss
  ) -> (graph: Graph, objectives: [Objective]) {
    let (graph, trained) = build(batch: batch, height: height, width: width)
    return (graph, trained.map { Objective(name: $0.name, logits: $0.logits, loss: loss) })
  }

  /// The forward graph, and the logits whose losses are minimised, by the names of the losses.
  private func build(
    batch: Int, height: Int, width: Int
  ) -> (graph: Graph, trained: [(name: String, logits: ValueID)]) {
    var graph = Graph()
    let images = sensors.map { graph.input($0.name, Shape(batch, height, width, $0.bands)) }
    var apart: [(name: String, logits: ValueID)] = []
    let logits: ValueID
    switch fusion {
    case .none: logits = classified(images[0], in: &graph)
    case .inputs(let join):
      logits = classified(join.join(images, in: &graph, name: Self.imageJoin), in: &graph)
    case .stages(let stages, let join):
      logits = joined(images, behind: stages, by: join, in: &graph)
    case .logits(let join, let isJoint):
      let branches = zip(sensors, images).map { sensor, image in
        let logits = classified(image, in: &graph, prefix: sensor.prefix)
        graph.markOutput(logits, Self.logits + "." + sensor.name)
        return logits
      }
      // Networks that are trained apart do not learn from the loss of the join.
      let isHeld = !isJoint && hasParameters(join, of: branches, in: graph)
      let values = isHeld ? branches.map { graph.held($0) } : branches
      logits = join.join(values, in: &graph, name: Self.featureJoin)
      if !isJoint { apart = zip(sensors, branches).map { ($0.name, $1) } }
      if isHeld { apart.append((Self.featureJoin, logits)) }
    }
    graph.markOutput(logits, Self.logits)
    return (graph, apart.isEmpty ? [("loss", logits)] : apart)
  }

  /// Whether a join of some values adds parameters to a graph.
  private func hasParameters(_ join: any Join, of values: [ValueID], in graph: Graph) -> Bool {
    var trial = graph
    _ = join.join(values, in: &trial, name: Self.featureJoin)
    return trial.parameters.count > graph.parameters.count
  }

  /// An encoder for each sensor up to the last of some stages, and one network from the first of them on. Features joined
  /// behind further stages are added to that network's own.
  private func joined(
    _ images: [ValueID], behind stages: [Int], by join: any Join, in graph: inout Graph
  ) -> ValueID {
    let (first, last) = (stages[0], stages[stages.count - 1])
    // features[sensor][stage]
    let features = zip(sensors, images).map { sensor, image in
      var x = image
      return (0...last).map { stage in
        x = backbone.stage(stage, of: x, in: &graph, prefix: sensor.prefix)
        return x
      }
    }
    func joined(_ stage: Int, _ graph: inout Graph) -> ValueID {
      join.join(
        features.map { $0[stage] }, in: &graph, name: Self.joinName(stage, of: stages, join))
    }
    var x = joined(first, &graph)
    for stage in (first + 1)..<backbone.stages.count {
      x = backbone.stage(stage, of: x, in: &graph, prefix: "")
      guard stages.contains(stage) else { continue }
      x = graph.add(x, joined(stage, &graph), Self.joinName(stage, of: stages, join) + ".sum")
    }
    return backbone.classifier(of: x, in: &graph, prefix: "", head: head)
  }

  /// The whole backbone, and its classifier.
  private func classified(_ x: ValueID, in graph: inout Graph, prefix: String = "") -> ValueID {
    let features = backbone.features(of: x, in: &graph, prefix: prefix)
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
    return isJoin(module) ? module : backbone.part(ofLayer: name)
  }

  /// Whether layers whose names begin with `module` belong to a join.
  private func isJoin(_ module: String) -> Bool {
    if case .stages(let stages, let join) = fusion {
      return stages.contains { Self.joinName($0, of: stages, join) == module }
    }
    return [Self.imageJoin, Self.featureJoin].contains(module)
  }

  /// The part of the network that a parameter or running statistic belongs to.
  /// - Parameter name: the name in PyTorch. Example: `s1.layer1.0.bn1.running_mean` belongs to the part `s1.layer1`.
  package func part(holding name: String) -> String {
    part(ofLayer: name.split(separator: ".").dropLast().joined(separator: "."))
  }

  /// Whether a parameter or running statistic belongs to a layer where sensors meet.
  /// - Parameter name: the name in PyTorch. Example: `fusion2.gate.weight`, but not `fusion.fc.weight` of a sensor `fusion`.
  package func isOfJoin(_ name: String) -> Bool { isJoin(part(holding: name)) }
}
