import Architectures
import Basics
import CPUEngine
import Extending
import Networks
import Testing

/// The worked examples of a network family and of a join are networks like all others.
@Suite struct NewNetworkTests {
  private static let sensors = [
    FusionNetwork.Sensor(name: "optical", bands: 4), FusionNetwork.Sensor(name: "radar", bands: 2),
  ]

  private func network(_ fusion: Fusion) -> FusionNetwork {
    FusionNetwork(
      backbone: TwoStageNetwork(width: 8), fusion: fusion, sensors: Self.sensors, head: Head(classes: 3))
  }

  /// By hand: two encoders of 3·3·4·8 and 3·3·2·8 weights with 16 numbers of a batch norm each; the join of
  /// 16·8 weights and 16; the second stage of 3·3·8·16 and 32; the classifier of 16·3 and 3.
  @Test func parametersAreThoseCountedByHand() {
    let graph = network(.stage(0, ProjectedStack())).graph(batch: 1, height: 8, width: 8)
    #expect(graph.parameterCount == 288 + 16 + 144 + 16 + 128 + 16 + 1152 + 32 + 48 + 3)
  }

  @Test func layersBelongToStages() {
    let network = network(.stage(0, ProjectedStack()))
    let layers = ["optical.fine.conv", "fusion.projection", "coarse.bn", "fc"]
    #expect(layers.map(network.part) == ["optical.fine", "fusion", "coarse", "classifier"])
  }

  /// Images whose class is the brightest of three kinds of noise: every fusion learns them.
  @Test(arguments: [
    Fusion.early, .stage(0, ProjectedStack()), .middle(stage: 1, weights: [1, 1]), .late(isJoint: true),
  ])
  func everyFusionLearns(_ fusion: Fusion) throws {
    let (graph, objectives) = network(fusion).objectives(batch: 6, height: 8, width: 8, loss: .crossEntropy)
    let program = graph.trainingProgram(objectives)
    let store = try ParameterStore(for: graph)
    store.initialise(seed: 1)
    let pool = try ThreadPool(threads: 1)
    let executor = try CPUExecutor(
      program, store: store, pool: pool, workspace: CPUWorkspace(for: [program], threads: 1))
    var memory: [AlignedBuffer<Float>] = []
    var random = RandomStream(seed: 2, path: 0)
    for (name, shape) in program.graph.inputs.sorted(by: { $0.key < $1.key }) {
      let buffer = try AlignedBuffer<Float>(count: shape.count)
      for index in 0..<shape.count {
        let sample = index / (shape.pixels * shape.channels)
        let isTarget = name == Graph.targets
        buffer.pointer[index] =
          isTarget
          ? (index % 3 == sample % 3 ? 1 : 0)
          : Float(random.normal()) + (index % shape.channels == sample % 3 % shape.channels ? 2 : 0)
      }
      executor.bind(name, to: buffer.pointer)
      memory.append(buffer)
    }
    let optimizer = try Optimizer(.adam(learningRate: 0.01, weightDecay: 0), store: store, pool: pool)
    var losses: [Double] = []
    for step in 0..<40 {
      executor.run(step: step, updating: optimizer)
      losses.append(executor.lossValues[0])
    }
    withExtendedLifetime(memory) {}
    #expect(losses[39] < losses[0] / 4, "\(losses)")
  }
}
