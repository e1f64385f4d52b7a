import Foundation
import TestSupport
import Testing

/// What `dataset check` says of data before a training.
@Suite(.sampleData) struct DatasetCheckTests {
  let sample = SampleData.current!
  let scratch: ScratchFolder
  private let tree = Fixtures.url("tiny-sen12ms")

  init() throws { scratch = try ScratchFolder() }

  private func check(_ data: URL, labels: URL? = nil, _ more: [String] = []) throws -> BuiltProgram.Result {
    try BuiltProgram.run(
      ["dataset", "check", "--data", data.path, "--quiet"] + (labels.map { ["--labels", $0.path] } ?? [])
        + more)
  }

  private func document(
    _ data: URL, labels: URL? = nil, status: Int32 = 0, _ more: [String] = []
  ) throws -> JSON {
    let result = try check(data, labels: labels, more + ["--json"])
    try #require(result.status == status && result.errors.isEmpty, "\(result)")
    return try JSON(data: Data(result.output.utf8))
  }

  private func part(_ name: String, of check: JSON) throws -> JSON {
    try #require(check.parts.array.first { $0.name.string == name })
  }

  /// The fixture with one incomplete training patch, one that is published damaged, and shared scenes.
  @Test func theFixtureIsCounted() throws {
    let labels = tree.appending(path: "labels_splits")
    let found = try document(tree, labels: labels, status: 2, ["--nan"])
    #expect(found.patches.int == 24 && found.scenes.int == 12 && found.seasons.array.count == 4)
    #expect(found.sizes[0].height.int == 256 && found.pixel_metres.double == 10)
    #expect(found.validation.string == "list")
    #expect(found.parts.array.map(\.name.string) == ["train", "validation", "test"])
    #expect(found.parts.array.map(\.patches.int) == [11, 5, 7])
    let train = try part("train", of: found)
    #expect(train.missing_samples.s1.int == 1 && train.missing_samples.s2.int == 0)
    #expect(train.absent_files.s1.int == 0 && train.unlabelled.int == 0 && train.unreadable.s1.int == 0)
    #expect(try part("test", of: found).missing_samples.s1.int == 0)
    #expect(found.shared_scenes.array.map(\.scenes.int) == [2])
    #expect(found.classes[0].name.string == "Forest" && found.classes[0].support.train.int == 2)
    #expect(found.problems.int == 1)
    #expect(found.findings.array.contains { $0.text.string?.contains("_s1_146_p203.tif") == true })
    // What makes a training start makes it count no problem.
    let skipped = try document(tree, labels: labels, ["--nan", "--set", "data.nan=skip"])
    #expect(skipped.problems.int == 0)
    // Without a look at the files nothing is known of them, and every key is there.
    let quick = try check(tree, labels: labels, ["--json"])
    #expect(quick.status == 0 && quick.output.contains(#""missing_samples" : null"#))
  }

  /// The published files have no validation list: the split is the one that a training would make.
  @Test func publishedNamesAreEnough() throws {
    let labels = scratch.file("labels")
    try FileManager.default.createDirectory(at: labels, withIntermediateDirectories: true)
    for name in ["IGBP_probability_labels.pkl", "train_list.pkl", "test_list.pkl"] {
      try FileManager.default.copyItem(
        at: sample.labels.appending(path: name), to: labels.appending(path: name))
    }
    let found = try document(sample.data, labels: labels)
    #expect(found.validation.string == "by_scene" && found.shared_scenes.array.isEmpty)
    #expect(found.parts.array.map(\.name.string) == ["train", "validation", "test"])
    let dryRun = try TrainedRun.succeed([
      "train", "--config", sample.configuration, "--data", sample.data.path, "--labels", labels.path,
      "--dry-run", "--quiet",
    ])
    for (name, title) in [("train", "training patches of"), ("validation", "validation patches of")] {
      #expect(dryRun.contains(" \(try part(name, of: found).patches.int ?? -1) \(title)"), "\(dryRun)")
    }
    // A configuration that wants the list is told so, and the lists that are there are counted all the same.
    let wanted = try document(sample.data, labels: labels, status: 2, ["--set", "data.validation=list"])
    #expect(wanted.parts.array.map(\.name.string) == ["train", "test"])
    #expect(wanted.findings[0].text.string?.contains("no val_list") == true)
  }

  @Test func absentAndDamagedFilesAreProblems() throws {
    let data = scratch.file("data")
    try FileManager.default.copyItem(at: sample.data, to: data)
    let lists = try sample.listed("train")
    let (absent, cut) = (lists[0], lists[1])
    try FileManager.default.removeItem(at: try #require(sample.file(of: absent, in: data)))
    let file = try #require(sample.file(of: cut, in: data))
    try Data(contentsOf: file).dropLast(100).write(to: file)
    let optical = ["--set", "model.sensors=[s2]"]
    let found = try document(data, labels: sample.labels, status: 2, optical + ["--nan"])
    let train = try part("train", of: found)
    #expect(train.absent_files.s2.int == 1 && train.absent_files.s1.int == 0)
    #expect(train.unreadable.s2.int == 1 && !train.missing_samples.s1.exists)
    let text = try check(data, labels: sample.labels, optical + ["--nan"])
    #expect(
      text.status == 2 && text.output.contains(absent) && text.output.contains(cut))
    // A network for the other sensor lacks nothing.
    #expect(
      try document(data, labels: sample.labels, ["--nan", "--set", "model.sensors=[s1]"]).problems.int == 0)
    // Without labels the files are counted by season.
    try FileManager.default.removeItem(at: data.appending(path: "labels_splits"))
    let files = try document(data)
    #expect(!files.labels.exists && !files.classes.exists && files.parts.array.count > 1)
    #expect(files.parts.array.compactMap(\.absent_files.s2.int).reduce(0, +) == 1)
  }

  @Test func inspectOfAFolderSaysTheSame() throws {
    let inspected = try TrainedRun.succeed("inspect", sample.data.path)
    #expect(try inspected == check(sample.data, labels: sample.labels).output)
    #expect(inspected.contains("SEN12MS in \(sample.data.path):"))
  }

  @Test func foldersThatHoldNothing() throws {
    let empty = try refusal(["dataset", "check", "--data", scratch.path])
    #expect(empty.status == 2 && empty.lines.count == 1 && empty.lines[0].contains("holds no patches"))
    let absent = try refusal(["dataset", "check", "--data", scratch.file("none").path])
    #expect(absent.status == 2 && absent.lines[0].contains("there is no such folder"))
    let other = try refusal(["inspect", scratch.path])
    #expect(other.status == 2 && other.lines.count == 1)
  }
}

/// What `inspect` says of files that hold no network.
@Suite struct FileKindTests {
  private let scratch: ScratchFolder

  init() throws { scratch = try ScratchFolder() }

  @Test(arguments: [
    (
      "tiny-sen12ms/ROIs1158_spring/s1_1/ROIs1158_spring_s1_1_p31.tif",
      "a GeoTIFF, 256×256 pixels, 2 bands of float32, 10 m a pixel", "as the Sentinel-1 files of SEN12MS are"
    ),
    (
      "tiny-sen12ms/ROIs1158_spring/s2_1/ROIs1158_spring_s2_1_p31.tif",
      "a GeoTIFF, 256×256 pixels, 13 bands of uint16, 10 m a pixel", "as the Sentinel-2 files of SEN12MS are"
    ),
    (
      "tiny-sen12ms/labels_splits/IGBP_probability_labels.pkl", "a Python pickle",
      "the labels of 25 patches, 17 class fractions each"
    ),
    ("tiny-sen12ms/labels_splits/val_list.pkl", "a Python pickle", "a list of 5 patches of 4 scenes"),
    ("tiny-sen12ms/labels_splits/val_list.txt", "a text file", "a list of 5 patches of 4 scenes"),
    ("hostile/list_of_ints.pkl", "a Python pickle", "a list of "),
    ("ops/ops.json", "a JSON text", ""),
    (
      "tiny-sen12ms/labels_splits", "a folder of split lists and labels",
      "test_list: a list of 7 patches of 4 scenes"
    ),
  ])
  func filesOfTheFixtures(path: String, kind: String, fact: String) throws {
    let found = try JSON(data: Data(TrainedRun.succeed("inspect", TrainedRun.fixture(path), "--json").utf8))
    #expect(found.kind.string == kind)
    #expect(fact.isEmpty || found.facts.strings.contains { $0.hasPrefix(fact) }, "\(found)")
    let text = try TrainedRun.succeed("inspect", TrainedRun.fixture(path))
    // Lines break at words.
    #expect(text.split(whereSeparator: \.isWhitespace).joined(separator: " ").contains(kind), "\(text)")
  }

  @Test(arguments: [
    (
      "w.pth",
      Data("PK\u{3}\u{4}".utf8) + Data(repeating: 0, count: 22) + Data([4, 0, 0, 0]) + Data("else".utf8),
      "a PyTorch file (a zip archive)"
    ),
    ("a.bin", Data([0, 1, 2, 3]), "a file of an unknown kind"),
    ("b.yaml", Data("training: {epochs: 3}\n".utf8), "a configuration"),
    ("c.yaml", Data("trainig: {epochs: 3}\n".utf8), "a YAML text"),
    ("d", Data("hello\n".utf8), "a text"), ("e.png", Data([0x89]) + Data("PNG\r\n".utf8), "a PNG image"),
  ])
  func filesByTheirFirstBytes(name: String, bytes: Data, kind: String) throws {
    let file = scratch.file(name)
    try bytes.write(to: file)
    let found = try JSON(data: Data(TrainedRun.succeed("inspect", file.path, "--json").utf8))
    #expect(found.kind.string == kind && found.bytes.int == bytes.count)
    if name.hasSuffix("pth") { #expect(found.advice.string?.contains("fusionctl import") == true) }
  }

  /// What a pickle would execute is not executed, and what is only called like a checkpoint is damaged.
  @Test(arguments: [
    "hostile/exec_os_system_proto2.pkl", "hostile/exec_inst.pkl", "hostile/st_size_mismatch.safetensors",
  ])
  func damageIsRefused(path: String) throws {
    let refused = try refusal(["inspect", TrainedRun.fixture(path)])
    #expect(refused.status == 2 && refused.lines.count == 1 && refused.output.isEmpty)
  }
}
