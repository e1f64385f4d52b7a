import Architectures
import Basics
import CPUEngine
import Extending
import Networks
import Testing

/// The worked examples of a network family and of a join build networks that train like all others.
@Suite struct NewNetworkTests {
  private static let sensors = [
    FusionNetwork.Sensor(name: "optical", bands: 4), FusionNetwork.Sensor(name: "radar", bands: 2),
  ]

  private func network(_ fusion: Fusion) -> FusionNetwork {
    FusionNetwork(
      backbone: TwoStageNetwork(width: 8), fusion: fusion, sensors: Self.sensors, head: Head(classes: 3))
  }

  /// Counted by hand: two encoders of 3·3·4·8 and 3·3·2·8 weights, each with a batch norm of 16 numbers. The
  /// join has 16·8 weights and 16 numbers, the second stage 3·3·8·16 and 32, the classifier 16·3 and 3.
  @Test func parametersAreThoseCountedByHand() {
    let graph = network(.stage(0, ProjectedStack())).graph(batch: 1, height: 8, width: 8)
    #expect(graph.parameterCount == 288 + 16 + 144 + 16 + 128 + 16 + 1152 + 32 + 48 + 3)
  }

  @Test func layersBelongToStages() {
    let network = network(.stage(0, ProjectedStack()))
    let layers = ["optical.fine.conv", "fusion0.projection", "coarse.bn", "fc"]
    #expect(layers.map(network.part) == ["optical.fine", "fusion0", "coarse", "classifier"])
  }

  /// Noise images of three classes, each brighter in a band that depends on its class: every fusion learns
  /// them.
  @Test(arguments: [
    Fusion.early, .stage(0, ProjectedStack()), .middle(stage: 1, weights: [1, 1]), .late(isJoint: true),
  ])
  func everyFusionLearns(_ fusion: Fusion) throws {
    let (graph, objectives) = network(fusion).objectives(batch: 6, height: 8, width: 8, loss: .crossEntropy)
    var request = NetworkRequest(of: graph)
    request.training[6] = .init(graph, objectives)
    request.rule = .adam(weightDecay: 0)
    let executor = try CPUDevice(threads: 1).executor(request, ranks: OneProcess())
    try executor.state.initialise(seed: 1)

    var random = RandomStream(seed: 2, path: 0)
    let images = Self.sensors.map { sensor in
      (0..<6 * 64 * sensor.bands).map { index in
        let kind = index / (64 * sensor.bands) % 3
        return Float(random.normal()) + (index % sensor.bands == kind % sensor.bands ? 2 : 0)
      }
    }
    let targets: [Float] = (0..<18).map { $0 % 3 == $0 / 3 % 3 ? 1 : 0 }
    let losses = try images[0].withUnsafeBufferPointer { optical in
      try images[1].withUnsafeBufferPointer { radar in
        try targets.withUnsafeBufferPointer { targets in
          try (0..<40).map { step in
            let batch = NetworkBatch(
              count: 6,
              inputs: [
                ("optical", .floats(optical.baseAddress!)), ("radar", .floats(radar.baseAddress!)),
              ], targets: targets.baseAddress!)
            return try executor.train(batch, StepNumbers(step, learningRate: 0.01, samples: 6))!.losses[0]
          }
        }
      }
    }
    #expect(losses[39] < losses[0] / 4, "\(losses)")
  }
}
