import Foundation
import Imagery
import TestSupport
import Testing

@testable import Basics
@testable import DataSets

/// Trees in the shapes of public data sets, read through their manifests, against the numbers of an independent reader.
@Suite struct FixtureTreeTests {
  private static let names = [
    "bigearthnet-v1", "bigearthnet-v2", "dfc2020", "eurosat-ms", "own-folder", "so2sat",
  ]

  private static func expected(_ name: String) throws -> JSON {
    try Fixtures.json("DataSets/expected.json").datasets[name]
  }

  @Test(arguments: names) func patchesAreInTheOrderOfTheirIds(_ name: String) throws {
    let dataSet = try Trees.open(name)
    let catalogue = dataSet.selection.catalogue
    #expect((0..<catalogue.count).map(catalogue.id) == (try Self.expected(name)).order.strings)
  }

  @Test(arguments: names) func splitsGroupsAndClusters(_ name: String) throws {
    let dataSet = try Trees.open(name)
    let (catalogue, expected) = (dataSet.selection.catalogue, try Self.expected(name))
    var splits: [Int: String] = [:]
    for (split, patches) in [
      ("train", dataSet.selection.training), ("validation", dataSet.selection.validation),
      ("test", dataSet.selection.test ?? []),
    ] { for patch in patches { splits[patch] = split } }
    for patch in 0..<catalogue.count {
      let wanted = expected.patches[catalogue.id(patch)]
      #expect(splits[patch] == wanted.split.string, "\(catalogue.id(patch))")
      #expect(dataSet.unlisted.contains(patch) == (wanted.split.string == nil))
      if let group = wanted.group.string { #expect(catalogue.group(patch) == group) }
      if let cluster = wanted.cluster.string ?? wanted.group.string {
        #expect(catalogue.cluster(patch) == cluster)
      }
    }
  }

  /// The labels of every patch, listed or not, in the classes of the data set and in each scheme.
  @Test(arguments: names) func labelsInEveryScheme(_ name: String) throws {
    let dataSet = try Trees.open(name)
    let catalogue = dataSet.selection.catalogue
    let labels = try dataSet.readLabels() ?? dataSet.computeLabels(size: PatchSize(1), Sweep(threads: 2))
    let (manifest, expected) = (dataSet.manifest, try Self.expected(name))
    let full = try #require(manifest.schemes.first { $0.name == "full" })
    let threshold = manifest.labels.threshold
    let type: LabelType = manifest.labels.kind == .single ? .singleLabel : .multiLabel(threshold: threshold)
    var compared = 0
    for patch in dataSet.selection.all {
      let (wanted, id) = (expected.patches[catalogue.id(patch)], catalogue.id(patch))
      let own = try #require(labels[patch], "\(id)")
      let schemes = manifest.schemes.map { ($0.name, $0) }
      let fullName = try #require(
        ["19", "43", "10", "17", "4"].first { key in
          wanted.labels[key].exists && full.classCount == Int(key)
        })
      for (key, scheme) in schemes.map({ $0.0 == "full" ? (fullName, $0.1) : $0 }) {
        switch type {
        case .singleLabel:
          #expect(scheme.dominantClass(own) == wanted.labels[key].int, "\(id) \(key)")
        case .multiLabel:
          #expect(scheme.target(own, type).map(Int.init) == wanted.labels[key].ints, "\(id) \(key)")
        }
        compared += 1
      }
      if wanted.fractions.exists {
        #expect(Array(own) == wanted.fractions.doubles)
        #expect(full.dominantClass(own) == wanted.labels["10-single"].int)
      }
    }
    #expect(compared == dataSet.selection.all.count * manifest.schemes.count)
  }

  @Test func filesOfOtherFormAreStrangers() throws {
    let dataSet = try Trees.open("eurosat-ms")
    #expect(dataSet.strangers.count == 1)
    #expect(dataSet.strangers.names == (try Self.expected("eurosat-ms")).ignored_files.strings)
    #expect(dataSet.selection.notes.contains { $0.contains("Bombay_000000.tif") })
  }

  /// Every file that a catalogue names is there, for each grid and band of each sensor.
  @Test(arguments: names) func everyFileOfASensorIsThere(_ name: String) throws {
    let dataSet = try Trees.open(name)
    let catalogue = dataSet.selection.catalogue
    for rules in dataSet.manifest.sensors {
      guard case .files(let grids) = rules.place else { continue }
      for patch in 0..<catalogue.count {
        for (grid, files) in grids.enumerated() {
          for part in files.indices {
            let path = catalogue.file(of: patch, rules.sensor, grid: grid, part: part)
            #expect(PathState.of(Trees.folder(name).path + "/" + path) == .present(.file), "\(path)")
          }
        }
      }
    }
  }

  /// The group of validation and test is known to be shared: a note says so, with its reason.
  @Test func aKnownLeakIsANote() throws {
    let dataSet = try Trees.open("so2sat")
    let note = try #require(dataSet.selection.notes.first { $0.contains("share 1 group") })
    #expect(note.contains("validation and test") && note.contains("munich") && note.contains("tested here"))
  }

  @Test func aGroupInTwoSplitsIsAnError() throws {
    for name in ["so2sat", "own-folder"] {
      let error = try #require(throws: InputError.self) {
        try Trees.open(name, edit: { $0.replacing("leakage: {known: tested here}\n", with: "") })
      }
      #expect(error.problem.contains("share 1 group") && error.remedy?.contains("leakage") == true)
    }
  }

  /// Patches without a label are left out, kept with zeros, or an error that names them.
  @Test func patchesWithoutLabelFollowThePolicy() throws {
    let excluded = try Trees.open("own-folder")
    #expect(excluded.selection.notes.contains { $0.contains("left out 1 of 6 patches without any label") })
    let kept = try Trees.open("own-folder", edit: { $0.replacing("empty: exclude", with: "empty: keep") })
    let labels = try #require(try kept.readLabels())
    let index = try #require((0..<6).first { kept.selection.catalogue.id($0) == "south_002" })
    #expect(labels[index].map(Array.init) == [0, 0, 0, 0])
    let strict = try Trees.open("own-folder", edit: { $0.replacing("empty: exclude", with: "empty: error") })
    let error = try #require(throws: InputError.self) { try strict.readLabels() }
    #expect(error.problem.contains("1 of 6 patches have no label: south_002"))
  }

  /// Whole clusters are held out of training and validation patches together.
  @Test func validationHoldsOutWholeClusters() throws {
    let dataSet = try Trees.open(
      "own-folder", validation: .byScene(fraction: 0.3),
      edit: { $0.replacing("leakage: {known: tested here}\n", with: "") })
    let catalogue = dataSet.selection.catalogue
    let (train, validation) = (dataSet.selection.training, dataSet.selection.validation)
    #expect(train.count + validation.count == 4 && !train.isEmpty && !validation.isEmpty)
    #expect(Set(train.map(catalogue.cluster)).isDisjoint(with: validation.map(catalogue.cluster)))
  }

  /// A manifest without splits: test and validation patches are drawn, whole groups at a time, from a seed.
  @Test func withoutSplitsTheSeedDraws() throws {
    func open(_ seed: UInt64) throws -> ManifestDataSet {
      try Trees.open(
        "own-folder", validation: .byScene(fraction: 0.3), seed: seed,
        edit: {
          let start = $0.range(of: "splits:")!.lowerBound
          let end = $0.range(of: "group:")!.lowerBound
          return $0.replacingCharacters(in: start..<end, with: "")
        })
    }
    let (first, again) = (try open(1), try open(1))
    #expect(first.selection.digest == again.selection.digest)
    let catalogue = first.selection.catalogue
    let parts = [first.selection.training, first.selection.validation, first.selection.test ?? []]
    #expect(parts.joined().count == 5 && parts.allSatisfy { !$0.isEmpty })
    let groups = parts.map { Set($0.map(catalogue.cluster)) }
    #expect(groups[0].isDisjoint(with: groups[1]) && groups[0].isDisjoint(with: groups[2]))
    #expect((2...9).contains { (try? open($0).selection.digest) != first.selection.digest })
  }
}

/// The trees of the fixtures.
enum Trees {
  static func folder(_ name: String) -> URL { Fixtures.url("DataSets/\(name)") }

  /// The manifest of a tree. Known leaks are stated in those that share groups between splits.
  static func manifest(_ name: String, edit: (String) -> String = { $0 }) throws -> Manifest {
    let url = folder(name).appending(path: "dataset.yaml")
    var text = try String(contentsOf: url, encoding: .utf8)
    if ["so2sat", "own-folder"].contains(name) {
      text = text.replacing("\ngroup:", with: "\nleakage: {known: tested here}\ngroup:")
    }
    return try Manifest(text: edit(text), source: url.path)
  }

  static func open(
    _ name: String, validation: DataSetRules.Validation = .list, seed: UInt64 = 1, in data: String? = nil,
    skips: Bool = false, edit: (String) -> String = { $0 }
  ) throws -> ManifestDataSet {
    let manifest = try manifest(name, edit: edit)
    let rules = DataSetRules(
      validation: validation, seed: seed, skipsAbsentFiles: skips, leakage: .warn,
      sensors: manifest.sensors.map(\.sensor))
    let hasValidation = manifest.splits.contains { $0.split == .validation } || validation != .list
    // The fixture of BigEarthNet v1 keeps no validation patch.
    let wanted: [Split] = !hasValidation || name == "bigearthnet-v1" ? [.train, .test] : Split.allCases
    return try ManifestDataSet(
      manifest, rules, data: data ?? folder(name).path, wanted: wanted, Sweep(threads: 2))
  }
}
