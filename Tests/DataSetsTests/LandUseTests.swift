import DataSets
import Foundation
import Imagery
import TestSupport
import Testing

@testable import Basics

/// Land use of SEN12MS: band 3 of the label files, against numbers that `scripts/study/land_use_reference.py` computes.
@Suite struct LandUseTests {
  /// The built-in manifest with some lines changed. The fixture has a code 50, which LCCS2 does not know.
  private static func manifest(_ changes: [(String, String)] = []) throws -> Manifest {
    let text = try Manifest.builtIn(named: "sen12ms-landuse").text
    return try Manifest(
      text: ([("ignore: [255] ", "ignore: [50, 255] ")] + changes).reduce(text) { text, change in
        #expect(text.contains(change.0), "\(change.0)")
        return text.replacing(change.0, with: change.1)
      }, source: "landuse.yaml")
  }

  private static func open(
    _ manifest: Manifest, _ data: URL, _ wanted: [Split], sensors: [String]
  ) throws -> ManifestDataSet {
    let rules = DataSetRules(
      validation: .list, seed: 1, skipsAbsentFiles: false, leakage: .warn,
      sensors: manifest.sensors.map(\.sensor).filter { sensors.contains($0.name) })
    return try ManifestDataSet(manifest, rules, data: data.path, wanted: wanted, Sweep(threads: 2))
  }

  /// Compares the labels of all patches that a run uses, and returns their names.
  private static func compare(_ dataSet: ManifestDataSet, with expected: JSON) throws -> [String] {
    let labels = try dataSet.computeLabels(size: PatchSize(256), Sweep(threads: 2))
    return try dataSet.selection.all.map { patch in
      let id = dataSet.selection.catalogue.id(patch)
      let (own, wanted) = (try #require(labels[patch], "\(id)"), expected[id])
      let size = try #require(wanted.size.int, "\(id)")
      #expect(Array(own) == wanted.pixels.doubles.map { $0 / Double(size) }, "\(id)")
      for name in ["full", "use"] {
        let scheme = try #require(dataSet.manifest.schemes.first { $0.name == name })
        let present = scheme.target(own, .multiLabel(threshold: dataSet.manifest.labels.threshold))
        #expect(present.map(Int.init) == wanted[name].present.ints, "\(id) \(name)")
        #expect(scheme.dominantClass(own) == wanted[name].largest.int, "\(id) \(name)")
      }
      return id
    }
  }

  @Test func theFixtureHasTheReferenceLabels() throws {
    let root = Fixtures.url("tiny-sen12ms")
    let dataSet = try Self.open(Self.manifest(), root, Split.allCases, sensors: ["s1", "s2"])
    let expected = try Fixtures.json("DataSets/landuse.json").tiny
    let compared = try Self.compare(dataSet, with: expected)
    let order = try Fixtures.json("tiny-sen12ms/expected.json").dataset_order
    #expect(compared == (order.train.strings + order.val.strings + order.test.strings))
    // Without the change the code 50 is an error, which names the file.
    let strict = try Self.open(
      Self.manifest([("ignore: [50, 255] ", "ignore: [255] ")]), root, Split.allCases, sensors: ["s2"])
    let error = #expect(throws: InputError.self) {
      try strict.computeLabels(size: PatchSize(256), Sweep(threads: 1))
    }
    #expect(error?.problem.contains("50") == true && error?.subject.contains("_lc_") == true)
  }

  /// The one real patch with a label file has no image of Sentinel-2, so the patches are listed by Sentinel-1.
  @Test(.enabled(if: Fixtures.realPatches != nil, "real patches are not on this machine"))
  func aRealPatchHasTheReferenceLabels() throws {
    let root = try #require(Fixtures.realPatches)
    let manifest = try Self.manifest([
      (
        #"files: "{season}/s2_{scene}/{season}_s2_{scene}_p{number}.tif""#,
        #"files: "{season}/s1_{scene}/{season}_s1_{scene}_p{number}.tif""#
      ), ("  id: ", "  where: {season: ROIs1158_spring}\n  id: "),
      ("  train: {list: labels_splits/train_list.txt}\n", "  train: rest\n"),
      ("  validation: {list: labels_splits/val_list.txt}\n", ""),
      ("  test: {list: labels_splits/test_list.txt}\n", ""),
    ])
    let dataSet = try Self.open(manifest, root, [.train], sensors: ["s1"])
    let expected = try Fixtures.json("DataSets/landuse.json").real
    #expect(try Self.compare(dataSet, with: expected) == ["ROIs1158_spring_s2_1_p30.tif"])
  }
}
