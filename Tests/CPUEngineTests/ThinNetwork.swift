import Networks

/// A residual network of few channels with the structure of a ResNet: stem, four stages of basic and bottleneck
/// blocks, pooling, classifier.
struct ThinNetwork {
  enum Fusion: Hashable, Sendable {
    case early
    case middle(stage: Int, weights: [Float])
    case late(isJoint: Bool)
  }

  var sensors = [("a", 2), ("b", 3)]
  var shape = (batch: 3, height: 16, width: 16)
  var classes = 4
  var dropout: Float = 0
  /// Whether the stem is a 3×3 convolution of stride 1 without pooling.
  var hasSmallStem = false

  func build(_ fusion: Fusion) -> (graph: Graph, objectives: [Objective]) {
    var graph = Graph()
    let images = sensors.map { name, bands in
      graph.input(name, Shape(shape.batch, shape.height, shape.width, bands))
    }
    let logits: ValueID
    var objectives: [Objective]?
    switch fusion {
    case .early:
      let stacked = graph.concatenate(images)
      logits = classifier(&graph, stages(&graph, stacked, 0...4, ""), "")
    case .middle(let stage, let weights):
      let encoded = zip(sensors, images).map { stages(&graph, $1, 0...stage, $0.0 + ".") }
      var x = graph.average(encoded, weights: weights)
      if stage < 4 { x = stages(&graph, x, stage + 1...4, "") }
      logits = classifier(&graph, x, "")
    case .late(let isJoint):
      let branches = zip(sensors, images).map { sensor, image in
        let prefix = sensor.0 + "."
        return classifier(&graph, stages(&graph, image, 0...4, prefix), prefix)
      }
      if !isJoint {
        objectives = zip(sensors, branches).map { Objective(name: $0.0, logits: $1, loss: .crossEntropy) }
        for (sensor, branch) in zip(sensors, branches) { graph.markOutput(branch, "logits.\(sensor.0)") }
      }
      logits = graph.average(branches, weights: branches.map { _ in 1 })
    }
    graph.markOutput(logits, "logits")
    return (graph, objectives ?? [Objective(name: "loss", logits: logits, loss: .binaryCrossEntropy)])
  }

  private func stages(
    _ graph: inout Graph, _ input: ValueID, _ range: ClosedRange<Int>, _ prefix: String
  ) -> ValueID {
    var x = input
    for stage in range {
      let name = "\(prefix)layer\(stage)"
      switch stage {
      case 0 where hasSmallStem:
        x = graph.relu(convolutionNorm(&graph, x, "\(prefix)conv1", 4, Window(3, 3, padding: 1)))
      case 0:
        x = convolutionNorm(&graph, x, "\(prefix)conv1", 4, Window(5, 5, stride: 2, padding: 2))
        x = graph.maxPool(graph.relu(x), Window(3, 3, stride: 2, padding: 1))
      case 1, 3: x = basicBlock(&graph, x, name, channels: stage == 1 ? 4 : 6, stride: stage == 1 ? 1 : 2)
      default: x = bottleneck(&graph, x, name, width: 3, stride: stage == 2 ? 2 : 1)
      }
    }
    return x
  }

  private func classifier(_ graph: inout Graph, _ x: ValueID, _ prefix: String) -> ValueID {
    let pooled = graph.dropout(graph.globalAveragePool(x), rate: dropout, "\(prefix)dropout")
    return graph.linear(pooled, "\(prefix)fc", outputs: classes)
  }

  private func convolutionNorm(
    _ graph: inout Graph, _ x: ValueID, _ name: String, _ channels: Int, _ window: Window
  ) -> ValueID {
    let y = graph.convolution(x, name, channels: channels, window: window)
    return graph.batchNorm(y, "\(name).bn")
  }

  private func basicBlock(
    _ graph: inout Graph, _ input: ValueID, _ name: String, channels: Int, stride: Int
  ) -> ValueID {
    var x = convolutionNorm(
      &graph, input, "\(name).conv1", channels, Window(3, 3, stride: stride, padding: 1))
    x = convolutionNorm(&graph, graph.relu(x), "\(name).conv2", channels, Window(3, 3, padding: 1))
    return join(&graph, x, input, name, channels, stride)
  }

  private func bottleneck(
    _ graph: inout Graph, _ input: ValueID, _ name: String, width: Int, stride: Int
  ) -> ValueID {
    var x = convolutionNorm(&graph, input, "\(name).conv1", width, Window(1, 1))
    x = convolutionNorm(
      &graph, graph.relu(x), "\(name).conv2", width, Window(3, 3, stride: stride, padding: 1))
    x = convolutionNorm(&graph, graph.relu(x), "\(name).conv3", 2 * width, Window(1, 1))
    return join(&graph, x, input, name, 2 * width, stride)
  }

  private func join(
    _ graph: inout Graph, _ x: ValueID, _ input: ValueID, _ name: String, _ channels: Int, _ stride: Int
  ) -> ValueID {
    var shortcut = input
    if stride != 1 || graph[input].shape.channels != channels {
      shortcut = convolutionNorm(&graph, input, "\(name).downsample", channels, Window(1, 1, stride: stride))
    }
    return graph.relu(graph.add(x, shortcut))
  }
}
