import Architectures
import ReferenceNetworks
import Testing

/// The programs of whole networks of real width.
@Suite struct NetworkProgramTests {
  private static let sensors = [
    FusionNetwork.Sensor(name: "s1", bands: 2), FusionNetwork.Sensor(name: "s2", bands: 10),
  ]

  static let fusions: [Fusion] =
    [.early, .late(isJoint: true), .late(isJoint: false)]
    + (0...4).map { .middle(stage: $0, weights: [1, 1]) }

  private func network(_ fusion: Fusion, _ depth: ResNet.Depth = .resnet18) -> FusionNetwork {
    FusionNetwork(backbone: ResNet(depth), fusion: fusion, sensors: Self.sensors, head: Head(classes: 10))
  }

  /// Sensors may have the names of stages and of the layer where they meet.
  @Test func sensorsHaveAnyNames() {
    let sensors = ["layer3", "fusion", "stack"].map { FusionNetwork.Sensor(name: $0, bands: 2) }
    let network = FusionNetwork(
      backbone: ResNet(.resnet18, width: 4), fusion: .middle(stage: 1, weights: [1, 1, 1]), sensors: sensors,
      head: Head(classes: 3))
    let graph = network.graph(batch: 2, height: 32, width: 32)
    #expect(Set(graph.parameters.map(\.name)).count == graph.parameters.count)
    let parts = graph.parameters.map { network.part(ofLayer: $0.name) }
    let branches = sensors.flatMap { ["\($0.name).stem", "\($0.name).layer1"] }
    #expect(Set(parts) == Set(branches + ["layer2", "layer3", "layer4", "classifier"]))
    #expect(network.part(ofLayer: "fusion") == "fusion")
    #expect(network.part(ofLayer: "layer3.0.conv1") == "layer3")
    #expect(network.part(ofLayer: "layer3.conv1") == "layer3.stem")
  }

  @Test(arguments: fusions) func buffersAliveTogetherNeverOverlap(_ fusion: Fusion) {
    let network = network(fusion)
    let training = network.trainingGraph(batch: 2, height: 64, width: 48, loss: .binaryCrossEntropy)
    let programs = [
      training.loweredForCPU(.training),
      training.loweredForCPU(.training, precision: .bf16Emulated),
      network.graph(batch: 2, height: 64, width: 48).loweredForCPU(.inference),
      network.graph(batch: 2, height: 64, width: 48).loweredForCPU(.inference, precision: .bf16Emulated),
    ]
    for program in programs {
      let lifetimes = program.lifetimes
      for (index, a) in lifetimes.enumerated() {
        let offset = program.plan.offsets[a.buffer]!
        #expect(offset + a.bytes <= program.plan.bytes)
        for b in lifetimes.dropFirst(index + 1) where a.first <= b.last && b.first <= a.last {
          let other = program.plan.offsets[b.buffer]!
          if offset < other + b.bytes && other < offset + a.bytes { Issue.record("\(a) and \(b) overlap") }
        }
      }
      #expect(program.plan.bytes < lifetimes.reduce(0) { $0 + $1.bytes })
    }
  }
}
