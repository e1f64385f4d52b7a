import Basics
import CPUEngine
import Networks
import Testing

/// Gradients of whole networks against central differences of the interpreter's loss, so that no derivative rule is
/// checked by another derivative rule. `OperationCase` checks single operations.
@Suite struct GradientCheckTests {
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
      try Self.check(graph, objectives, coordinates: 1, classes: network.classes, kernels)
    }
  }

  /// One training step against differences along a random direction and along single coordinates of every
  /// parameter.
  static func check(
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
    reference.takeMasks(from: bench.output)

    var random = RandomStream(seed: 12)
    let gradients = bench.store.parameters.indices.map {
      bench.store.gradientTensor($0).values.map(Double.init)
    }
    let largest = gradients.map(norm).max()!
    #expect(largest > 1e-3)
    for (index, parameter) in training.parameters.enumerated() {
      for direction in random.directions(count: parameter.count, coordinates: coordinates) {
        let slope = reference.slope(parameter: index, along: direction)
        let expected = zip(gradients[index], direction).reduce(0) { $0 + $1.0 * $1.1 }
        let scale = max(abs(slope), 1e-2 * largest * norm(direction))
        // The program's forward pass rounds to float32. With OpenBLAS's kernels for SkylakeX the error is 1.3e-4.
        #expect(
          abs(expected - slope) < 2e-4 * scale, "\(kernels), \(parameter.name): \(expected) against \(slope)")
      }
    }
  }
}
