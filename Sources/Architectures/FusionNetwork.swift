import Networks

/// A classifier of patches seen by one or more sensors.
///
/// Parameters are named as torchvision's ResNet names them; those of a sensor's own branch have the sensor's
/// name and a dot before them (`s1.layer1.0.conv1.weight`).
package struct FusionNetwork: Hashable, Sendable {
  /// A sensor as the network sees it: the name of the graph input and its channels.
  package struct Sensor: Hashable, Sendable {
    package let name: String
    package let bands: Int

    package init(name: String, bands: Int) {
      self.name = name
      self.bands = bands
    }
  }

  package let depth: ResNet.Depth
  package let fusion: Fusion
  /// In stacking order.
  package let sensors: [Sensor]
  package let classes: Int
  /// Share of the pooled features that dropout zeroes in training.
  package let dropout: Float

  package init(depth: ResNet.Depth, fusion: Fusion, sensors: [Sensor], classes: Int, dropout: Float = 0) {
    switch fusion {
    case .none: precondition(sensors.count == 1, "a network without fusion sees one sensor")
    case .middle(let stage, let weights):
      precondition(ResNet.stages.contains(stage), "a fusion stage is one of \(ResNet.stages)")
      precondition(weights.count == sensors.count, "middle fusion needs one weight a sensor")
    case .early, .late: precondition(sensors.count >= 2, "fusion needs at least two sensors")
    }
    self.depth = depth
    self.fusion = fusion
    self.sensors = sensors
    self.classes = classes
    self.dropout = dropout
  }

  /// The name of the output that predictions are made from, `[N, 1, 1, classes]`.
  package static let logits = "logits"

  /// The network for a batch of images. Inputs carry the names of the sensors.
  package func graph(batch: Int, height: Int, width: Int) -> Graph {
    build(batch: batch, height: height, width: width).graph
  }

  /// The network, and what its training minimises: one objective, or one for each sensor of separately trained
  /// late fusion.
  package func objectives(
    batch: Int, height: Int, width: Int, loss: Loss
  ) -> (graph: Graph, objectives: [Objective]) {
    let (graph, branches) = build(batch: batch, height: height, width: width)
    if case .late(.separate) = fusion {
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
    case .none, .early:
      let stacked = images.count == 1 ? images[0] : graph.concatenate(images, "stack")
      let network = ResNet(depth)
      let features = network.features(&graph, stacked)
      logits = network.classifier(&graph, features, classes: classes, dropout: dropout)
    case .middle(let stage, let weights):
      let encoded = zip(sensors, images).map { sensor, image in
        ResNet(depth, prefix: sensor.name + ".").features(&graph, image, stages: 0...stage)
      }
      var x = graph.average(encoded, weights: weights, "fusion")
      let shared = ResNet(depth)
      if stage < 4 { x = shared.features(&graph, x, stages: stage + 1...4) }
      logits = shared.classifier(&graph, x, classes: classes, dropout: dropout)
    case .late:
      branches = zip(sensors, images).map { sensor, image in
        let network = ResNet(depth, prefix: sensor.name + ".")
        let features = network.features(&graph, image)
        let logits = network.classifier(&graph, features, classes: classes, dropout: dropout)
        graph.markOutput(logits, Self.logits + "." + sensor.name)
        return logits
      }
      logits = graph.average(branches, weights: branches.map { _ in 1 }, "fusion")
    }
    graph.markOutput(logits, Self.logits)
    return (graph, branches)
  }
}
