import Foundation
import TestSupport
import Testing

/// Commands that take a data folder take a pack, too.
@Suite struct PackCommandTests {
  private let scratch: ScratchFolder

  init() throws { scratch = try ScratchFolder() }

  private static func tree(_ name: String) -> String { Fixtures.url("DataSets/\(name)").path }

  /// Packs a data set in shards of a few patches, with its own splits.
  private func pack(_ data: String, _ more: String...) throws -> URL {
    let folder = scratch.file("pack")
    let result = try BuiltProgram.run(
      [
        "pack", "--data", data, "--out", folder.path, "--quiet", "--shard-bytes", "300K", "--set",
        "data.validation=list",
      ] + more)
    try #require(result.status == 0, "\(result)")
    return folder
  }

  private func check(_ data: String, _ more: String...) throws -> JSON {
    let result = try BuiltProgram.run(["dataset", "check", "--data", data, "--quiet", "--json"] + more)
    try #require(result.status == 0 && result.errors.isEmpty, "\(result)")
    return try JSON(data: Data(result.output.utf8))
  }

  /// The one line of a command that is refused.
  private func refusal(_ arguments: String..., status: Int32 = 2) throws -> String {
    let result = try BuiltProgram.run(arguments)
    let lines = result.errors.split(separator: "\n")
    #expect(result.status == status && lines.count == 1 && result.output.isEmpty, "\(result)")
    return lines.first.map(String.init) ?? ""
  }

  /// A check of a pack says what a check of the folder says. The tree of So2Sat is changed to know of its shared group.
  @Test(arguments: ["eurosat-ms", "so2sat"]) func aCheckCountsWhatTheFolderHolds(_ name: String) throws {
    let copy = scratch.file("tree")
    try FileManager.default.copyItem(at: Fixtures.url("DataSets/\(name)"), to: copy)
    let file = copy.appending(path: "dataset.yaml")
    let text = try String(contentsOf: file, encoding: .utf8)
    try text.replacing("\ngroup:", with: "\nleakage: {known: tested here}\ngroup:")
      .write(to: file, atomically: true, encoding: .utf8)
    let pack = try pack(copy.path, "--codec", "zstd", "--all")
    let (whole, packed) = (try check(copy.path, "--nan"), try check(pack.path, "--nan"))
    #expect(packed.parts.array.count == 3)
    for (own, part) in zip(whole.parts.array, packed.parts.array) {
      #expect(part.name.string == own.name.string && part.patches.int == own.patches.int)
      #expect(part.clusters.int == own.clusters.int && part.absent_files.dictionary.isEmpty)
      #expect(
        part.missing_samples.dictionary.mapValues(\.int) == own.missing_samples.dictionary.mapValues(\.int))
    }
    for (own, found) in zip(whole.classes.array, packed.classes.array) {
      #expect(found.name.string == own.name.string)
      #expect(found.support.dictionary.mapValues(\.int) == own.support.dictionary.mapValues(\.int))
    }
    // The values of some patches: the same ones, if the data set is small.
    #expect(packed.value_patches.int == whole.value_patches.int)
    for (own, band) in zip(whole.values.array, packed.values.array) {
      #expect(band.band.string == own.band.string && band.mean.double == own.mean.double)
      #expect(band.lowest.double == own.lowest.double && band.highest.double == own.highest.double)
    }
    #expect(packed.shared_groups.array.count == (name == "so2sat" ? 1 : 0))
    #expect(packed.shared_groups.array.count == whole.shared_groups.array.count)
    #expect(packed.strangers.int == 0 && whole.strangers.int == (name == "so2sat" ? 0 : 1))
    #expect(packed.unlisted.int == whole.unlisted.int && packed.validation.string == "list")
    #expect(packed.pack.codec.string == "zstd" && packed.pack.files.int! > 3 && !whole.pack.exists)
  }

  /// A unit that does not fit is seen in the samples of a pack.
  @Test func valuesAreComparedWithUnits() throws {
    let copy = scratch.file("tree")
    try FileManager.default.copyItem(at: Fixtures.url("DataSets/eurosat-ms"), to: copy)
    let file = copy.appending(path: "dataset.yaml")
    let text = try String(contentsOf: file, encoding: .utf8)
    try #require(text.contains("unit: reflectance*10000") && text.contains("B08, B09, B10, B11, B12, B8A"))
    try text.replacing("unit: reflectance*10000", with: "unit: reflectance")
      .replacing("B08, B09, B10, B11, B12, B8A", with: "B08, B8A, B09, B10, B11, B12")
      .write(to: file, atomically: true, encoding: .utf8)
    let notes = try check(pack(copy.path).path).findings.array.compactMap(\.text.string)
    #expect(notes.contains { $0.contains("these look like reflectances × 10,000") })
    #expect(notes.contains { $0.contains("B09 is the darkest band") })
  }

  @Test func absentAndDamagedFilesAreRefusedInOneLine() throws {
    let pack = try pack(Self.tree("eurosat-ms"))
    let shards = try FileManager.default.contentsOfDirectory(atPath: pack.path).filter {
      $0.hasSuffix(".h5")
    }.sorted()
    try #require(shards.count > 3)
    // The first shard of the record has the manifest.
    let absent = shards.filter { !$0.hasPrefix("train-00000") }.prefix(2)
    for name in absent {
      try FileManager.default.moveItem(at: pack.appending(path: name), to: scratch.file(name))
    }
    let line = try refusal("dataset", "check", "--data", pack.path)
    #expect(line.contains("2 of \(shards.count) files of the pack are absent") && line.contains(absent[0]))
    #expect(try refusal("dataset", "check", "--data", pack.path, "--json") == line)
    let doctor = try BuiltProgram.run(["doctor", "--data", pack.path, "--only", "data"])
    #expect(doctor.status == 1 && doctor.output.contains("2 of \(shards.count) files"))
    for name in absent {
      try FileManager.default.moveItem(at: scratch.file(name), to: pack.appending(path: name))
    }
    let sound = try BuiltProgram.run(["doctor", "--data", pack.path, "--only", "data"])
    #expect(sound.status == 0 && sound.output.contains("a pack of \(shards.count) files with 8"))
    try FileManager.default.removeItem(at: pack.appending(path: "pack.json"))
    for command in ["check", "stats"] {
      let line =
        command == "check"
        ? try refusal("dataset", "check", "--data", pack.path)
        : try refusal("stats", "--config", "own", "--data", pack.path)
      #expect(line.contains("pack.json") && line.contains("one that is not finished"))
    }
  }

  /// A pack of SEN12MS needs no label folder, wherever one is named.
  @Test func packsNeedNoLabels() throws {
    let labels = Fixtures.url("tiny-sen12ms/labels_splits").path
    let pack = try pack(Fixtures.url("tiny-sen12ms").path, "--labels", labels)
    let page = try BuiltProgram.run(
      ["dataset", "check", "--data", pack.path, "--quiet"], environment: ["FUSIONCTL_LABELS": labels])
    #expect(page.status == 0 && page.output.contains("a pack of ") && page.output.contains("of the pack"))
    #expect(page.output.contains("train and validation share 2 clusters"))
    let line = try refusal("dataset", "check", "--data", pack.path, "--labels", labels, status: 64)
    #expect(line.contains("a pack holds its own lists and labels"))
    let script = try BuiltProgram.run(
      ["slurm", "--config", "s2", "--data", pack.path, "--set", "data.validation=list"])
    #expect(
      script.status == 0 && script.output.contains("\nlabels=''") && script.errors.contains("--time "))
    let named = try refusal("slurm", "--config", "s2", "--data", pack.path, "--labels", labels, status: 64)
    #expect(named.contains("--labels: the manifest of sen12ms says where"))
  }
}
