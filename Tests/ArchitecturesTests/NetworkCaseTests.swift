import Basics
import CPUEngine
import Networks
import ReferenceNetworks
import TestSupport
import Testing

/// The networks of the paper's code, the SEN12MS toolbox and torchvision against PyTorch in float64.
///
/// One case at a time: filling and holding up to 166 million parameters is the expensive part.
@Suite(.serialized) struct NetworkCaseTests {
  /// Cases that are trained for five steps, one for each family. Others are trained for one.
  private static let trained = [
    "vgg16_flatten_n2_c17_ce", "densenet121_flatten_n12_bce", "dfn_n12_bce", "dfnn2_n12_bce",
  ]

  /// Cases whose networks are so large that only the study of all cases runs them.
  private static let large = [
    "vgg16_flatten_n12_256_eval", "dfn_n12_256_eval", "vgg16_pooled_n12_bce", "dfnn2_n12_bce",
  ]

  /// All cases on the fastest path; in the study on every path.
  private static let runs = ReferenceCase.singleNetworks.filter {
    ReferenceCase.runsAll || !large.contains($0.name)
  }.flatMap { reference in
    let others = KernelPath.available.filter { $0 != .auto }
    return ([.auto] + (ReferenceCase.runsAll ? others : [])).map { (reference, $0) }
  }

  @Test(arguments: runs)
  func agreesWithPyTorch(_ reference: ReferenceCase, _ kernels: KernelPath) throws {
    let comparison = try ReferenceComparison(reference)
    let steps = Self.trained.contains(reference.name) ? 5 : 1
    let run = try ReferenceRun(
      reference, target: comparison.expected.entries["target"], kernels: kernels)
    try comparison.check(run, steps: steps)
  }

  /// Names, shapes and order of the parameters and running statistics.
  @Test(arguments: ReferenceCase.singleNetworks.filter { $0.manifest != nil })
  func hasTheTensorsOfTheManifest(_ reference: ReferenceCase) throws {
    let manifest = try Fixtures.json(#require(reference.manifest))
    let graph = reference.network.graph(batch: 1, height: 64, width: 64)
    let entries = manifest.state_dict.array.map { ($0.name.string!, $0.shape.ints) }
    func isStatistic(_ name: String) -> Bool {
      name.hasSuffix(".running_mean") || name.hasSuffix(".running_var")
    }
    #expect(graph.parameters.map(\.name) == entries.map(\.0).filter { !isStatistic($0) })
    #expect(graph.statistics.map(\.name) == entries.map(\.0).filter(isStatistic))
    guard manifest.parameter_count.int == graph.parameterCount else { return }
    let shapes = Dictionary(uniqueKeysWithValues: entries)
    for parameter in graph.parameters {
      #expect(parameter.shape == shapes[parameter.name], "\(parameter.name)")
    }
  }
}
