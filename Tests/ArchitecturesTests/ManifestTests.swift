import Architectures
import Basics
import CPUEngine
import ReferenceNetworks
import TestSupport
import Testing

/// Names, shapes and filled values of whole networks against those of the paper's PyTorch modules.
@Suite(.serialized) struct ManifestTests {
  private struct Entry {
    let shape: [Int]
    let first: [Float]
    let sum: Double
  }

  /// The state dict without aliases and without the counters that only PyTorch keeps.
  private static func entries(_ manifest: JSON) -> [String: Entry] {
    manifest.state_dict.array.reduce(into: [:]) { entries, entry in
      guard !entry.alias_of.exists, entry.kind.string != "zero" else { return }
      entries[entry.name.string!] = Entry(
        shape: entry.shape.ints, first: entry.first3.doubles.map(Float.init), sum: entry.sum.double!)
    }
  }

  @Test(arguments: ReferenceCase.ofManifests)
  func namesAndShapesMapOneToOne(reference: ReferenceCase) throws {
    let manifest = try Fixtures.json(#require(reference.manifest))
    let graph = reference.network.graph(batch: 1, height: 64, width: 64)
    let names = reference.names
    #expect(graph.parameterCount == manifest.parameter_count.int)
    #expect(
      graph.parameters.map { names($0.name) }.sorted()
        == manifest.parameters_in_optimizer_order.strings.sorted())
    #expect(
      graph.statistics.map { names($0.name) }.sorted()
        == manifest.batchnorms_in_order.strings.flatMap { ["\($0).running_mean", "\($0).running_var"] }
        .sorted())
    let shapes =
      graph.parameters.map { (names($0.name), $0.shape) }
      + graph.statistics.map { (names($0.name), [$0.count]) }
    #expect(Dictionary(uniqueKeysWithValues: shapes) == Self.entries(manifest).mapValues(\.shape))
  }

  /// The store gives back, in PyTorch's layout, the values that the reference networks started from.
  @Test(arguments: ReferenceCase.ofManifests)
  func filledValuesAreThoseOfTheManifest(reference: ReferenceCase) throws {
    let entries = Self.entries(try Fixtures.json(#require(reference.manifest)))
    let store = try ParameterStore(for: reference.network.graph(batch: 1, height: 64, width: 64))
    store.fill(names: reference.names)
    func check(_ name: String, _ tensor: Tensor) throws {
      let entry = try #require(entries[name])
      #expect(tensor.values.prefix(3) == entry.first[...], "\(name)")
      let sum = tensor.values.withUnsafeBufferPointer { $0.reduce(0) { $0 + Double($1) } }
      #expect(abs(sum - entry.sum) <= 1e-12 * Double(tensor.values.count), "\(name)")
    }
    for (index, parameter) in store.parameters.enumerated() {
      try check(reference.names(parameter.name), store.tensor(index))
    }
    for (index, statistic) in store.statistics.enumerated() {
      try check(reference.names(statistic.name), store.statisticTensor(index))
    }
  }

  /// The paper's networks with ten classes.
  @Test func parameterCountsOfThePaper() {
    let s1 = FusionNetwork.Sensor(name: "s1", bands: 2)
    let s2 = FusionNetwork.Sensor(name: "s2", bands: 10)
    func count(_ fusion: Fusion, _ sensors: [FusionNetwork.Sensor]) -> Int {
      FusionNetwork(
        backbone: ResNet(.resnet101), fusion: fusion, sensors: sensors, head: Head(classes: 10)
      )
      .graph(batch: 1, height: 64, width: 64).parameterCount
    }
    #expect(count(.none, [s1]) == 42_517_514)
    #expect(count(.none, [s2]) == 42_542_602)
    #expect(count(.early, [s2, s1]) == 42_548_874)
    #expect(count(.middle(stage: 2, weights: [1, 1]), [s1, s2]) == 43_984_394)
    #expect(count(.late(isJoint: false), [s1, s2]) == 85_060_116)
    #expect(count(.late(isJoint: true), [s1, s2]) == 85_060_116)
  }
}
