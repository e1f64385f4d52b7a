import Architectures
import Basics
import CPUEngine
import Networks
import TestSupport
import Testing

/// How trainings of the joins begin.
@Suite struct FusionStartTests {
  private static let sensors = ["s1": 2, "s2": 3, "s3": 1]

  private func network(_ fusion: Fusion, _ names: [String]) -> FusionNetwork {
    FusionNetwork(
      backbone: ResNet(.resnet18, width: 8), fusion: fusion,
      sensors: names.map { .init(name: $0, bands: Self.sensors[$0]!) }, head: Head(classes: 4))
  }

  /// The logits of random images, behind the initialisation of a training.
  private func firstLogits(_ network: FusionNetwork) throws -> [Float] {
    let graph = network.graph(batch: 2, height: 32, width: 48)
    let executor = try CPUDevice(threads: 2).executor(
      {
        var request = NetworkRequest(of: graph)
        request.inference = [2: graph]
        return request
      }(), ranks: OneProcess())
    try executor.state.initialise(seed: 5)
    let images = network.sensors.map { sensor in
      var random = RandomStream(seed: 3, path: UInt64(sensor.name.utf8.last!))
      return (0..<2 * 32 * 48 * sensor.bands).map { _ in Float(random.normal()) }
    }
    let buffers = try images.map { values in
      let buffer = try AlignedBuffer<Float>(count: values.count)
      for (index, value) in values.enumerated() { buffer.pointer[index] = value }
      return buffer
    }
    return try withExtendedLifetime(buffers) {
      let batch = NetworkBatch(
        count: 2,
        inputs: zip(network.sensors, buffers).map { ($0.name, .floats(UnsafePointer($1.pointer))) },
        targets: nil)
      return Array(try executor.predict(batch)[FusionNetwork.logits]!)
    }
  }

  private func expectEqualStart(_ fusion: Fusion, _ mean: Fusion, _ names: [String]) throws {
    let expected = try firstLogits(network(mean, names)).map(Double.init)
    let error = relativeError(try firstLogits(network(fusion, names)), expected)
    #expect(error <= 1e-6, "\(fusion): \(error)")
    #expect(expected.contains { abs($0) > 1e-3 })
  }

  /// With the same seed, networks whose joins begin as the mean have the logits of the mean.
  @Test(arguments: [[0], [2], [4], [1, 3], [0, 1, 2, 3, 4]])
  func joinsBeginAsTheMean(_ stages: [Int]) throws {
    let mean = Fusion.stages(stages, WeightedMean())
    for join in [Gate(), Excitation(), CrossAttention(sensors: ["s1", "s2"])] as [any Join] {
      try expectEqualStart(.stages(stages, join), mean, ["s1", "s2"])
    }
    try expectEqualStart(.stages(stages, Excitation()), mean, ["s1", "s2", "s3"])
  }

  @Test(arguments: [true, false]) func classWeightsBeginAsTheMean(_ isJoint: Bool) throws {
    for names in [["s1", "s2"], ["s3", "s1", "s2"]] {
      try expectEqualStart(
        .logits(ClassWeighting(), isJoint: isJoint), .late(isJoint: isJoint), names)
    }
  }

  /// A mean behind one stage is the network that it always was: one more layer, "fusion".
  @Test func aMeanBehindOneStageIsThePapersFusion() {
    let graph = network(.middle(stage: 2, weights: [1, 1]), ["s1", "s2"]).graph(
      batch: 1, height: 32, width: 32)
    let joins = graph.values.filter { $0.name.hasPrefix("fusion") }
    #expect(joins.map(\.name) == ["fusion"])
    guard case .average(let mean) = joins[0].operation else {
      Issue.record("the join is \(joins[0].operation)")
      return
    }
    #expect(mean.weights == [1, 1])
  }

  /// The loss of the class weights moves nothing but them, and the losses of the networks do not move the weights.
  @Test func heldBranchesDoNotLearn() throws {
    let network = network(.logits(ClassWeighting(), isJoint: false), ["s1", "s2"])
    let (graph, objectives) = network.objectives(batch: 2, height: 32, width: 32, loss: .crossEntropy)
    #expect(objectives.map(\.name) == ["s1", "s2", "fusion"])
    let training = graph.differentiated(objectives)
    var learnt: [[String]] = []
    for value in training.values {
      if case .loss = value.operation { learnt.append([]) }
      for parameter in value.operation.parametersLearnt {
        learnt[learnt.count - 1].append(training[parameter].name)
      }
    }
    #expect(learnt.count == 3 && learnt[2] == ["fusion.weight"])
    #expect(learnt[0].allSatisfy { $0.hasPrefix("s1.") } && learnt[1].allSatisfy { $0.hasPrefix("s2.") })
    #expect(learnt.joined().count == graph.parameters.count)
  }

  @Test func joinsAreTheirOwnParts() {
    let network = network(.stages([1, 3], Gate()), ["s1", "s2"])
    let layers = ["s1.layer3.0.conv1", "fusion1.gate", "fusion3.sum", "layer3.1.conv2", "fc", "fusion2.gate"]
    #expect(
      layers.map(network.part(ofLayer:)) == [
        "s1.layer3", "fusion1", "fusion3", "layer3", "classifier", "fusion2",
      ])
    let parts = Set(
      network.graph(batch: 1, height: 32, width: 32).parameters.map { network.part(ofLayer: $0.name) })
    #expect(
      parts.subtracting(
        ["s1", "s2"].flatMap { s in ["stem", "layer1", "layer2", "layer3"].map { "\(s).\($0)" } })
        == ["fusion1", "fusion3", "layer2", "layer3", "layer4", "classifier"])
  }
}
