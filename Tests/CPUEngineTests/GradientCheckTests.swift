import Basics
import CPUEngine
import Networks
import Testing

/// Gradients of the engine against central differences of the interpreter's loss: no derivative rule is
/// used to check a derivative rule.
@Suite struct GradientCheckTests {
  struct Layer: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let shape: Shape
    /// From the trained value in front, of `shape`, to the value that is checked.
    let build: @Sendable (inout Graph, ValueID) -> ValueID

    init(_ name: String, _ shape: Shape, _ build: @escaping @Sendable (inout Graph, ValueID) -> ValueID) {
      testDescription = name
      self.shape = shape
      self.build = build
    }
  }

  static let layers: [Layer] = [
    Layer("3x3 convolution", Shape(2, 5, 4, 3)) {
      $0.convolution($1, "c", channels: 2, window: Window(3, 3, padding: 1))
    },
    Layer("7x7/2 convolution with bias", Shape(2, 9, 8, 2)) {
      $0.convolution($1, "c", channels: 2, window: Window(7, 7, stride: 2, padding: 3), bias: true)
    },
    Layer("1x1/2 convolution", Shape(2, 5, 5, 3)) {
      $0.convolution($1, "c", channels: 4, window: Window(1, 1, stride: 2))
    },
    Layer("1x1 convolution", Shape(2, 3, 3, 3)) {
      $0.convolution($1, "c", channels: 4, window: Window(1, 1))
    },
    Layer("2x3/3 convolution", Shape(1, 8, 7, 2)) {
      $0.convolution($1, "c", channels: 3, window: Window(2, 3, stride: 3, padding: 1))
    },
    Layer("batch norm", Shape(3, 3, 3, 4)) { $0.batchNorm($1, "n") },
    Layer("frozen batch norm", Shape(3, 3, 3, 4)) { $0.batchNorm($1, "n", isFrozen: true) },
    Layer("batch norm and relu", Shape(3, 3, 3, 4)) { $0.relu($0.batchNorm($1, "n")) },
    Layer("relu", Shape(3, 3, 3, 4)) { g, x in g.relu(x) },
    Layer("add", Shape(2, 3, 3, 2)) { g, x in
      let y = g.convolution(x, "c", channels: 2, window: Window(1, 1))
      return g.add(x, y)
    },
    Layer("weighted average", Shape(2, 3, 3, 2)) { g, x in
      let y = g.convolution(x, "c", channels: 2, window: Window(1, 1))
      return g.average([x, y, x], weights: [1, 3, 0.5])
    },
    Layer("concatenate", Shape(2, 3, 3, 2)) { g, x in
      let y = g.convolution(x, "c", channels: 3, window: Window(1, 1))
      return g.concatenate([y, x, y])
    },
    Layer("max pooling", Shape(2, 7, 5, 3)) { $0.maxPool($1, Window(3, 3, stride: 2, padding: 1)) },
    Layer("dropout", Shape(4, 3, 3, 4)) { $0.dropout($1, rate: 0.4) },
    Layer("global average pooling", Shape(2, 4, 3, 3)) { g, x in g.globalAveragePool(x) },
  ]

  @Test(arguments: layers, KernelPath.available)
  func layerAgreesWithFiniteDifferences(_ layer: Layer, _ kernels: KernelPath) throws {
    var graph = Graph()
    let image = graph.input("x", layer.shape)
    // A convolution in front has a weight whose gradient needs that of the layer's input.
    let x = graph.convolution(image, "front", channels: layer.shape.channels, window: Window(1, 1))
    let y = layer.build(&graph, x)
    // Another one behind gives every pixel of the layer's output a gradient of its own.
    let size = graph[y].shape
    let z = graph.convolution(y, "behind", channels: 3, window: Window(size.height, size.width), bias: true)
    let logits = graph.linear(z, "fc", outputs: 3)
    for loss in [Loss.binaryCrossEntropy, .crossEntropy] {
      let objective = Objective(name: "loss", logits: logits, loss: loss)
      try check(graph, [objective], coordinates: 6, classes: 3, kernels)
    }
  }

  @Test(arguments: [
    ThinNetwork.Fusion.middle(stage: 2, weights: [1, 1]), .middle(stage: 1, weights: [2, 1]), .early,
    .late(isJoint: true), .late(isJoint: false),
  ])
  func fusionNetworkAgreesWithFiniteDifferences(_ fusion: ThinNetwork.Fusion) throws {
    var network = ThinNetwork()
    network.dropout = 0.25
    network.shape = (batch: 3, height: 13, width: 12)
    let (graph, objectives) = network.build(fusion)
    for kernels in KernelPath.available {
      try check(graph, objectives, coordinates: 1, classes: network.classes, kernels)
    }
  }

  /// One training step against differences along a random direction and along single coordinates of every
  /// parameter.
  private func check(
    _ graph: Graph, _ objectives: [Objective], coordinates: Int, classes: Int, _ kernels: KernelPath
  ) throws {
    var forward = graph
    forward.markDropouts()
    let training = forward.differentiated(objectives)
    let bench = try Workbench(training, kernels: kernels)
    bench.store.scramble(seed: 11)
    bench.fillInputs(seed: 11, classes: classes)
    var reference = ReferenceInterpreter(forward.withLosses(objectives), at: bench)
    bench.run()
    reference.takeMasks(from: bench)

    var random = RandomStream(seed: 12)
    let gradients = bench.store.parameters.indices.map {
      bench.store.gradientTensor($0).values.map(Double.init)
    }
    let largest = gradients.map(norm).max()!
    #expect(largest > 1e-3)
    for (index, parameter) in training.parameters.enumerated() {
      let count = parameter.count
      var directions = [(0..<count).map { _ in random.normal() }]
      for _ in 0..<min(coordinates, count) {
        let place = random.integer(below: count)
        directions.append((0..<count).map { $0 == place ? 1 : 0 })
      }
      for direction in directions {
        let slope = reference.slope(parameter: index, along: direction)
        let expected = zip(gradients[index], direction).reduce(0) { $0 + $1.0 * $1.1 }
        let scale = max(abs(slope), 1e-2 * largest * norm(direction))
        // The float32 forward pass behind the gradient rounds: with OpenBLAS's kernels for SkylakeX that shows as 1.3e-4.
        #expect(
          abs(expected - slope) < 2e-4 * scale, "\(kernels), \(parameter.name): \(expected) against \(slope)")
      }
    }
  }
}

extension Graph {
  /// The forward graph with its losses and nothing else.
  fileprivate func withLosses(_ objectives: [Objective]) -> Graph {
    var graph = self
    let shape = self[objectives[0].logits].shape
    let targets = graph.input(Graph.targets, shape)
    for objective in objectives {
      _ = graph.append(
        .loss(objective.loss, name: objective.name), [objective.logits, targets], name: objective.name)
    }
    return graph
  }
}

extension ReferenceInterpreter {
  /// The central difference of the summed losses when a parameter moves along a direction.
  fileprivate mutating func slope(parameter: Int, along direction: [Double]) -> Double {
    let step = 1e-5 / norm(direction)
    let original = parameters[parameter]
    defer { parameters[parameter] = original }
    func moved(_ amount: Double) -> [Double] { zip(original, direction).map { $0 + amount * $1 } }
    parameters[parameter] = moved(step)
    run()
    let above = losses.reduce(0, +)
    parameters[parameter] = moved(-step)
    run()
    return (above - losses.reduce(0, +)) / (2 * step)
  }
}
