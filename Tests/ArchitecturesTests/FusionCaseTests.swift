import Architectures
import Basics
import CPUEngine
import Networks
import SimulatedGPU
import TestSupport
import Testing

@testable import CUDAEngine

/// Fusions of several encoders by all joins, against PyTorch in float64.
///
/// One case at a time: filling and holding up to 80 million parameters is the expensive part.
@Suite(.serialized) struct FusionCaseTests {
  private static let small = ReferenceCase.fusedNetworks.filter { $0.network.backbone.name == "resnet18" }

  /// All cases on the fastest path; the study runs them on every path. `JoinReferenceTests` has the joins alone on all.
  private static let runs: [(ReferenceCase, KernelPath)] = ReferenceCase.fusedNetworks.flatMap { reference in
    let others = KernelPath.available.filter { $0 != .auto }
    return ([.auto] + (ReferenceCase.runsAll ? others : [])).map { (reference, $0) }
  }

  /// Deeper networks and several stages are trained for one step, others for five.
  @Test(arguments: runs)
  func agreesWithPyTorch(_ reference: ReferenceCase, _ kernels: KernelPath) throws {
    let comparison = try ReferenceComparison(reference)
    let run = try ReferenceRun(reference, target: comparison.expected.entries["target"], kernels: kernels)
    let isShort = reference.network.backbone.name != "resnet18" || reference.name.hasPrefix("multi")
    try comparison.check(run, steps: isShort && !ReferenceCase.runsAll ? 1 : 5)
  }

  /// Half of the joins in each precision that rounds.
  @Test(
    arguments: Precision.available(.auto).filter { $0 != .fp32 }.enumerated().flatMap { index, precision in
      small.enumerated().filter { ReferenceCase.runsAll || $0.offset % 2 == index % 2 }.map {
        ($0.element, precision)
      }
    })
  func agreesRounded(_ reference: ReferenceCase, _ precision: Precision) throws {
    let comparison = try ReferenceComparison(reference)
    let run = try ReferenceRun(
      reference, target: comparison.expected.entries["target"], precision: precision)
    try comparison.checkRounded(run)
  }

  @Test(
    arguments: small.filter { reference in
      ReferenceCase.runsAll || ["middle_gated", "late_separate"].contains { reference.name.hasPrefix($0) }
    })
  func agreesOnTheGPU(_ reference: ReferenceCase) throws {
    let comparison = try ReferenceComparison(reference)
    try SimulatedGPU.exclusive { environment in
      let device = try CUDADevice(
        number: 0, CUDALibraries.load(environment),
        cache: CubinCache(folder: "\(SimulatedGPU.folder)/cubins"))
      try comparison.check(
        GPUReferenceRun(reference, target: comparison.expected["target"], precision: .fp32, on: device))
    }
  }

  /// Names, shapes and order of the parameters and running statistics.
  @Test(arguments: ReferenceCase.fusedNetworks)
  func hasTheTensorsOfTheManifest(_ reference: ReferenceCase) throws {
    let manifest = try Fixtures.json(#require(reference.manifest))
    let graph = reference.network.graph(batch: 1, height: 64, width: 64)
    let tensors =
      graph.parameters.map { ($0.name, $0.shape) } + graph.statistics.map { ($0.name, [$0.count]) }
    let found = Dictionary(uniqueKeysWithValues: tensors)
    let entries = manifest.state_dict.array.map { ($0.name.string!, $0.shape.ints) }
    #expect(Set(found.keys) == Set(entries.map(\.0)) && found.count == entries.count)
    guard manifest.parameter_count.int == graph.parameterCount else { return }
    for (name, shape) in entries { #expect(found[name] == shape, "\(name)") }
  }

  /// The output of the join behind each stage: its norm and its first values in the order of `[N, C, H, W]`.
  @Test(arguments: small.filter { $0.name.hasPrefix("middle") || $0.name.hasPrefix("multi") })
  func joinsAgreeBehindEveryStage(_ reference: ReferenceCase) throws {
    let comparison = try ReferenceComparison(reference)
    guard case .stages(let stages, _) = reference.network.fusion else { return }
    let outputs = try ReferenceRun.joins(of: reference)
    #expect(outputs.count == stages.count)
    for (stage, (shape, values)) in zip(stages, outputs) {
      let planes = (0..<64).map { place in
        let (channel, pixel) = (place / shape.pixels, place % shape.pixels)
        return values[pixel * shape.channels + channel]
      }
      comparison.check(.evaluation, "eval.fusion\(stage).first64", planes, within: 1e-5)
      let norm = comparison.expected["eval.fusion\(stage).norm"].values[0]
      comparison.check(
        .evaluation, "norm \(stage)", comparison.difference(comparison.length(values), norm), within: 1e-5)
    }
  }
}

extension ReferenceRun {
  /// The values of the joins behind each stage in an evaluation of the small images, `[N, H, W, C]`.
  static func joins(of reference: ReferenceCase) throws -> [(shape: Shape, values: [Float])] {
    guard case .stages(let stages, _) = reference.network.fusion else { return [] }
    let (batch, height, width) = ReferenceImages.small.size
    var graph = reference.network.graph(batch: batch, height: height, width: width)
    let names = stages.map { stage in
      graph.values.contains { $0.name == "fusion\(stage)" } ? "fusion\(stage)" : "fusion"
    }
    for name in names {
      graph.markOutput(ValueID(index: graph.values.lastIndex { $0.name == name }!), name)
    }
    let program = graph.loweredForCPU(.inference)
    let (pool, store) = (try ThreadPool(threads: 2), try ParameterStore(for: graph))
    store.fill(names: reference.names)
    let workspace = try CPUWorkspace(for: [program], threads: pool.threads)
    let executor = try CPUExecutor(program, store: store, pool: pool, workspace: workspace)
    let images = try reference.images(.small)
    return withExtendedLifetime(images) {
      for (name, buffer) in images { executor.bind(name, to: buffer.pointer) }
      executor.run()
      return names.map { (graph[graph.outputs[$0]!].shape, Array(executor.output($0))) }
    }
  }
}
