import Basics
import DataSets
import Foundation
import Imagery
import SEN12MS
import TestSupport
import Testing

/// SEN12MS read through its built-in manifest gives the patches and labels of the module that knows it.
@Suite struct ManifestTests {
  private static let root = Fixtures.url("tiny-sen12ms").path

  private static func opened(
    _ validation: (DataSetRules.Validation, SelectionRules.Validation)
  ) throws -> (ManifestDataSet, SEN12MSDataSet) {
    let manifest = try Manifest.builtIn(named: "sen12ms")
    let rules = DataSetRules(
      validation: validation.0, seed: 7, skipsAbsentFiles: false, leakage: .warn,
      sensors: manifest.sensors.map(\.sensor))
    let own = SelectionRules(
      validation: validation.1, seed: 7, seasons: Season.allCases, skipsAbsentFiles: false, leakage: .warn,
      sensors: [.s1, .s2])
    return (
      try ManifestDataSet(manifest, rules, data: root, wanted: Split.allCases, Sweep(threads: 2)),
      try SEN12MSDataSet(own, data: root, labels: root + "/labels_splits", wanted: Split.allCases)
    )
  }

  private static func ids(_ selection: PatchSelection) -> [[String]] {
    [selection.training, selection.validation, selection.test ?? []].map { $0.map(selection.catalogue.id) }
  }

  @Test func theListsGiveTheSamePatches() throws {
    let (manifest, own) = try Self.opened((.list, .list))
    #expect(Self.ids(manifest.selection) == Self.ids(own.selection))
    let order = try Fixtures.json("tiny-sen12ms/expected.json").dataset_order
    #expect(Self.ids(manifest.selection) == [order.train.strings, order.val.strings, order.test.strings])
  }

  @Test func theSameScenesAreHeldOut() throws {
    for fraction in [0.2, 0.4] {
      let (manifest, own) = try Self.opened((.byScene(fraction: fraction), .byScene(fraction: fraction)))
      #expect(Self.ids(manifest.selection) == Self.ids(own.selection))
    }
  }

  @Test func fractionsAndTargetsAreTheSame() throws {
    let (manifest, own) = try Self.opened((.list, .list))
    let labels = try #require(try manifest.readLabels())
    let ownLabels = try #require(try own.readLabels())
    #expect(manifest.manifest.schemes.map(\.name) == ["full", "simplified"])
    let schemes = [ClassScheme.full, .simplified]
    for (patch, ownPatch) in zip(manifest.selection.all, own.selection.all) {
      let (fractions, ownFractions) = (try #require(labels[patch]), try #require(ownLabels[ownPatch]))
      #expect(Array(fractions) == Array(ownFractions))
      for (scheme, ownScheme) in zip(manifest.manifest.schemes, schemes) {
        #expect(scheme.classes == ownScheme.classes)
        let type = LabelType.multiLabel(threshold: manifest.manifest.labels.threshold)
        #expect(scheme.target(fractions, type) == ownScheme.target(ownFractions, type))
      }
    }
  }

  @Test func scenesAreClusters() throws {
    let (manifest, own) = try Self.opened((.list, .list))
    for (patch, ownPatch) in zip(manifest.selection.all, own.selection.all) {
      #expect(manifest.selection.catalogue.cluster(patch) == own.selection.catalogue.cluster(ownPatch))
    }
    #expect(manifest.selection.notes.contains { $0.contains("train and validation share 2 clusters") })
    #expect(own.selection.notes.contains { $0.contains("train and validation share 2 scenes") })
  }
}
