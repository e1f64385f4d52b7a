import Foundation
import TestSupport
import Testing

/// What `dataset check` says of data sets with a manifest, on trees in the shape of public ones.
@Suite struct DatasetTreeTests {
  private let scratch: ScratchFolder

  init() throws { scratch = try ScratchFolder() }

  private static func tree(_ name: String) -> URL { Fixtures.url("DataSets/\(name)") }

  private func document(_ data: URL, status: Int32 = 0, _ more: String...) throws -> JSON {
    let result = try BuiltProgram.run(
      ["dataset", "check", "--data", data.path, "--quiet", "--json"] + more)
    try #require(result.status == status && result.errors.isEmpty, "\(result)")
    return try JSON(data: Data(result.output.utf8))
  }

  /// A copy of a tree that a test may change.
  private func copy(_ name: String) throws -> URL {
    let copy = scratch.file(name)
    try FileManager.default.copyItem(at: Self.tree(name), to: copy)
    return copy
  }

  /// The folder of one's own, whose validation patch is from another region than those of the training.
  private func ownFolder() throws -> URL {
    let tree = try copy("own-folder")
    try change(tree.appending(path: "labels.csv"), "settlement,north,val", to: "settlement,east,val")
    return tree
  }

  private func change(_ file: URL, _ text: String, to other: String) throws {
    let old = try String(contentsOf: file, encoding: .utf8)
    try #require(old.contains(text))
    try old.replacing(text, with: other).write(to: file, atomically: true, encoding: .utf8)
  }

  private func notes(_ check: JSON, _ text: String) -> Int {
    check.findings.array.count { $0.text.string?.contains(text) == true }
  }

  /// The whole page at 80 columns.
  @Test(arguments: ["eurosat-ms", "own-folder", "so2sat", "dfc2020", "bigearthnet-v2"])
  func pages(name: String) throws {
    let page = try ShellRun.run(
      "cd '\(Fixtures.url("DataSets").path)' && \"$program\" dataset check --data \(name) --quiet")
    #expect(try page.output == String(contentsOf: Self.tree("texts/check-\(name).txt"), encoding: .utf8))
    #expect(page.output.split(separator: "\n").allSatisfy { $0.count <= 80 })
  }

  /// A class is a folder, one file is a stranger, and one patch is in no list.
  @Test func eurosatIsCounted() throws {
    let check = try document(Self.tree("eurosat-ms"))
    #expect(check.name.string == "eurosat-ms" && check.patches.int == 9)
    #expect(check.strangers.int == 1 && check.unlisted.int == 1 && check.problems.int == 0)
    #expect(notes(check, "Bombay_000000.tif") == 1)
    #expect(check.parts.array.map(\.name.string) == ["train", "validation", "test"])
    #expect(check.parts.array.compactMap(\.patches.int).reduce(0, +) == 8)
    #expect(check.validation.string == "list" && check.seasons.exists == false)
    #expect(check.inputs[0].bands.strings.last == "B8A" && check.classes.array.count == 10)
    #expect(check.values.array.count == 13 && check.value_patches.int == 8)
    #expect(notes(check, "order of the bands") == 0)
  }

  /// B8A behind B08, as many copies of the manifest have it: B10, the darkest band of the files, has another name.
  @Test func swappedBandsAreNoticed() throws {
    let tree = try copy("eurosat-ms")
    try change(
      tree.appending(path: "dataset.yaml"), "B08, B09, B10, B11, B12, B8A", to: "B08, B8A, B09, B10, B11, B12"
    )
    let check = try document(tree)
    #expect(notes(check, "B09 is the darkest band") == 1)
  }

  /// B8A is the last band of the files, and like B08. A manifest that puts it behind B08 is noticed.
  @Test func theNearInfraredIsWhereItShouldBe() throws {
    let bands = ["B01", "B02", "B03", "B04", "B05", "B06", "B07", "B08", "B09", "B11", "B12", "B8A"]
    for patch in 0..<3 {
      let values = (0..<256).flatMap { pixel -> [Double] in
        let (leaves, soil) = (Double((pixel * 37 + patch * 11) % 101), Double((pixel * 53 + patch * 29) % 97))
        return bands.enumerated().map { place, band in
          switch band {
          case "B06", "B07", "B08", "B8A": 2000 + 20 * leaves + Double((pixel + place) % 7)
          case "B09": 900 + 6 * leaves + 6 * soil
          default: 1000 + 10 * soil + Double((pixel * place) % 5)
          }
        }
      }
      try TIFFFile(width: 16, height: 16, bands: 12, sample: .uint16, values: values)
        .write(to: scratch.file("p\(patch).tif"))
    }
    func notes(_ bands: [String]) throws -> Int {
      try """
      manifest: 1
      name: sixteen
      patch: {size: [16, 16], pixel: 10}
      catalog: {files: "p{number}.tif", match: {number: '\\d'}, id: "p{number}"}
      fields: {class: {text: "c{number}"}}
      sensors: {s2: {files: "p{number}.tif", type: uint16, unit: reflectance*10000, bands: [\(bands.joined(separator: ", "))]}}
      labels: {kind: single, field: class}
      classes: [c0, c1, c2]
      """.write(to: scratch.file("dataset.yaml"), atomically: true, encoding: .utf8)
      return try self.notes(document(scratch.url), "correlates most with B08")
    }
    #expect(try notes(bands) == 0)
    #expect(try notes(Array(bands[..<8]) + ["B8A", "B09", "B11", "B12"]) == 1)
  }

  @Test func filesThatAreAbsentOrDamaged() throws {
    let tree = try ownFolder()
    try FileManager.default.removeItem(at: tree.appending(path: "chips/north_001_sar.tif"))
    let check = try document(tree, status: 2)
    #expect(check.parts[0].absent_files.sar.int == 1 && check.parts[0].absent_files.opt.int == 0)
    #expect(notes(check, "have no sar file, first north_001") == 1)
    // What leaves such patches out starts.
    #expect(
      try document(tree, "--set", "data.missing=skip", "model.sensors=sar").parts[0].absent_files.sar.int == 0
    )
    // A network for the other sensor lacks nothing.
    #expect(try document(tree, "--set", "model.sensors=opt").problems.int == 0)
    try Data("not a raster".utf8).write(to: tree.appending(path: "chips/north_002_opt.tif"))
    #expect(notes(try document(tree, status: 2), "north_002_opt.tif") > 0)
  }

  /// Samples that the manifest declares missing are counted by a pass over all files.
  @Test func missingSamplesAreCounted() throws {
    let tree = try ownFolder()
    let quick = try document(tree)
    #expect(!quick.parts[0].missing_samples.exists)
    let check = try document(tree, status: 2, "--nan")
    let counts = check.parts.array.map { $0.missing_samples.opt.int }
    #expect(counts.compactMap { $0 }.reduce(0, +) > 0 && notes(check, "have missing samples in opt") > 0)
    #expect(try document(tree, "--nan", "--set", "data.nan=skip").problems.int == 0)
  }

  @Test func unitsThatDoNotFit() throws {
    let tree = try ownFolder()
    try change(tree.appending(path: "dataset.yaml"), "    scale: 0.01", to: "    scale: 1")
    #expect(notes(try document(tree), "and its unit is dB") == 1)
  }

  /// Groups in two splits stop a training, unless the manifest knows of them.
  @Test func groupsInTwoSplits() throws {
    let tree = try copy("own-folder")
    let refused = try document(tree, status: 2)
    #expect(refused.shared_groups[0].places.int == 1 && notes(refused, "group forbids that") == 1)
    // A run that holds out whole regions has no such groups.
    #expect(try document(tree, "--set", "data.validation=by_scene").shared_groups.array.isEmpty)
    try change(
      tree.appending(path: "dataset.yaml"), "group: \"{region}\"",
      to: "group: \"{region}\"\nleakage: {known: \"a trial\"}")
    let known = try document(tree)
    #expect(known.problems.int == 0 && notes(known, "the manifest knows of it: a trial") == 1)
  }

  /// SEN12MS and other data sets have documents of the same keys.
  @Test func documentsHaveTheSameKeys() throws {
    func keys(_ document: JSON) -> Set<String> { Set(document.dictionary.keys) }
    func parts(_ document: JSON) -> Set<String> { keys(document.parts[0]) }
    let own = try document(ownFolder())
    let labels = Fixtures.url("tiny-sen12ms/labels_splits").path
    let sen12ms = try document(Fixtures.url("tiny-sen12ms"), "--labels", labels)
    #expect(keys(own) == keys(sen12ms) && parts(own) == parts(sen12ms))
    #expect(own.clusters.exists && !own.scenes.exists && sen12ms.scenes.int == 12)
    // Lists and labels in the data folder need no flag.
    #expect(try document(Fixtures.url("tiny-sen12ms")).parts.array.count == 3)
  }

  @Test func foldersAndFlagsThatDoNotFit() throws {
    let labels = try refusal(
      ["dataset", "check", "--data", Self.tree("own-folder").path, "--labels", scratch.path])
    #expect(labels.status == 64 && labels.lines.count == 1 && labels.lines[0].contains("leave --labels out"))
    let empty = try refusal(["dataset", "check", "--data", scratch.path, "--set", "data.manifest=eurosat-ms"])
    #expect(empty.status == 2 && empty.lines.count == 1, "\(empty)")
    let pack = scratch.file("pack").path
    try TrainedRun.succeed("pack", "--data", Self.tree("own-folder").path, "--out", pack, "--quiet")
    // The problem of the folder, a group in two splits, is one of the pack too.
    let packed = try BuiltProgram.run(["inspect", pack])
    #expect(packed.status == 2 && packed.output.contains("a pack of 3 files"), "\(packed)")
    let inspected = try TrainedRun.succeed("inspect", Self.tree("eurosat-ms").path)
    #expect(inspected.contains("eurosat-ms in"))
  }
}
