import Foundation
import TestSupport
import Testing

/// Wrong input gets one line that names it and says what to do, and the right exit status.
@Suite(.sampleData) struct BadInputTests {
  let sample = SampleData.current!
  let scratch: ScratchFolder

  init() throws { scratch = try ScratchFolder() }

  private func expectRefusal(
    _ arguments: [String], status: Int32, _ parts: String..., location: SourceLocation = #_sourceLocation
  ) throws {
    let refused = try refusal(arguments)
    #expect(refused.status == status, sourceLocation: location)
    #expect(refused.lines.count == 1 && refused.output.isEmpty, "\(refused)", sourceLocation: location)
    let line = refused.lines.first ?? ""
    #expect(line.hasPrefix("fusionctl: ") && line.count < 700, "\(line)", sourceLocation: location)
    for part in parts { #expect(line.contains(part), "\(part) in: \(line)", sourceLocation: location) }
  }

  private func dryRun(data: URL? = nil, labels: URL? = nil, set settings: [String] = []) -> [String] {
    [
      "train", "--config", sample.configuration, "--data", (data ?? sample.data).path, "--labels",
      (labels ?? sample.labels).path, "--dry-run", "--quiet",
    ] + settings.flatMap { ["--set", $0] }
  }

  // MARK: - Flags and configuration

  @Test(arguments: [
    (
      ["--batch-size", "0"],
      "--batch-size 0: training.batch_size is '0', expected a whole number from 1 to 65536"
    ),
    (["--batch-size", "9223372036854775807"], "expected a whole number from 1 to 65536"),
    (["--threads", "0"], "--threads 0: threads is '0', expected a whole number from 1 to 1024"),
    (["--threads", "99999999999"], "expected a whole number from 1 to 1024"),
    (["--epochs", "0"], "--epochs 0: training.epochs is '0', expected a whole number from 1 to 1000000000"),
    (["--set", "nonsense"], "--set nonsense: expected key=value; write for instance"),
    (["--set", "training.epoch=3"], "unknown key 'training.epoch'; did you mean 'training.epochs'?"),
    (["--set", "model.sensors=[s3]"], "the data set sen12ms has no sensor 's3'; did you mean 's2'?"),
    (
      ["--set", "model.fusion=early", "model.sensors=[s2]"], "takes two sensors or more, found [s2]"
    ),
    (["--set", "training.drop_last=true", "--batch-size", "60"], "training.drop_last: no batch is left"),
    (["--set", "data.patch_size=64"], "data.patch_size: is 64, but the patches have 32×32 pixels"),
    (
      ["--config", "/absent.yaml"],
      "--config /absent.yaml: there is no such file; shipped ones: s1, s2, early, middle, late, "
    ),
    (["--config", "midle"], "--config midle: there is no such file; did you mean 'middle'? shipped ones: "),
    (["--config", "/"], "/: the configuration is a folder, not a file"),
  ])
  func wrongValues(flags: [String], message: String) throws {
    try expectRefusal(dryRun() + flags, status: 64, message)
  }

  @Test func aConfigurationNamesItsLine() throws {
    let file = scratch.file("c.yaml")
    try "model:\n  architecture: resnet18\ntrainig:\n  epochs: 1\n".write(
      to: file, atomically: true, encoding: .utf8)
    try expectRefusal(
      dryRun() + ["--config", file.path], status: 64,
      "c.yaml:3: unknown key 'trainig'; did you mean 'training'?")
    try expectRefusal(
      ["train", "--dry-run"] + sample.places, status: 64,
      "--config: no experiment is given; name a file, or a shipped configuration such as middle")
  }

  /// Mistakes that the parser finds: what is wrong first, then the usage.
  @Test(arguments: [
    (["train", "--epochs", "x"], "fusionctl: The value 'x' is invalid for '--epochs <epochs>'"),
    (
      ["train", "--data", "x", "--labels", "x", "--out", "x", "--btach-size", "3"],
      "fusionctl: --btach-size: there is no such option; did you mean '--batch-size'?"
    ),
    (
      ["test", "--data", "x", "--labels", "x", "--checkpoint", "x", "--thread", "x"],
      "fusionctl: --thread: there is no such option; did you mean '--threads'?"
    ),
    (["train", "--data", "x", "--labels", "x"], "fusionctl: Missing expected argument '--out "),
    (
      ["train", "--data", "x", "--labels", "x", "--out", "y", "--resume", "--overwrite"],
      "fusionctl: --resume and --overwrite exclude each other"
    ),
  ])
  func wrongFlags(arguments: [String], message: String) throws {
    let refused = try refusal(arguments)
    #expect(refused.status == 64 && refused.output.isEmpty)
    #expect(refused.lines.first?.hasPrefix(message) == true, "\(refused.lines)")
    #expect(refused.lines.contains { $0.hasPrefix("Usage: fusionctl \(arguments[0]) ") })
  }

  // MARK: - Data

  @Test func foldersThatAreNotThere() throws {
    let absent = scratch.file("absent")
    try expectRefusal(dryRun(data: absent), status: 2, "--data \(absent.path): there is no such folder")
    try expectRefusal(dryRun(labels: absent), status: 2, "--labels \(absent.path): there is no such folder")
    try expectRefusal(
      dryRun(data: URL(filePath: sample.configuration)), status: 2, "is a file, expected a folder")
    try expectRefusal(
      dryRun(labels: scratch.url), status: 2, "there is no train_list.pkl and no train_list.txt")
    try expectRefusal(dryRun(data: scratch.url), status: 2, "20 of 20 files that the lists need are absent: ")
  }

  @Test func listsThatNameAbsentFiles() throws {
    let patches = try sample.patches()
    let absent = (1...5).map { "ROIs1158_spring_s2_99_p\($0).tif" }
    let labels = try sample.labelFolder(
      in: scratch, ["train": Array(patches.prefix(8)) + absent, "val": Array(patches.suffix(4))])
    try expectRefusal(
      dryRun(labels: labels, set: ["data.validation=list"]), status: 2,
      "5 of 17 files that the lists need are absent: ",
      absent.prefix(3).map { "ROIs1158_spring/s2_99/\($0)" }.joined(separator: ", ") + ", …;")
  }

  @Test func listsWithoutSense() throws {
    let patches = try sample.patches()
    for (lists, message) in [
      (["train": [String]()], "train_list.txt: names no patch"),
      (["train": Array(patches.prefix(4)), "val": []], "val_list.txt: names no patch"),
      (["train": Array(patches.prefix(4)), "val": [patches[0]]], "shares 1 patches with "),
      (["train": patches + [patches[0]], "val": patches], "names \(patches[0]) twice"),
      (["train": ["hello"], "val": patches], "line 1 is \"hello\", expected a name such as"),
    ] {
      let labels = try sample.labelFolder(in: scratch, lists)
      try expectRefusal(dryRun(labels: labels, set: ["data.validation=list"]), status: 2, message)
      try FileManager.default.removeItem(at: labels)
    }
    // A single scene cannot be split by scenes.
    let labels = try sample.labelFolder(in: scratch, ["train": Array(patches.prefix(4))])
    try expectRefusal(dryRun(labels: labels), status: 2, "come from 1 scene(s)")
  }

  @Test func testingNeedsNoMoreThanTheTestList() throws {
    let patches = try sample.patches()
    let run = try sample.train(scratch.file("run"))
    func arguments(_ labels: URL) -> [String] {
      [
        "test", "--checkpoint", run.path("best"), "--data", sample.data.path, "--labels", labels.path,
        "--quiet",
      ]
    }
    let trained = try sample.labelFolder(in: scratch, ["train": Array(patches.prefix(8))])
    try expectRefusal(arguments(trained), status: 2, "there is no test_list.pkl and no test_list.txt")
    try FileManager.default.removeItem(at: trained)
    let alone = try sample.labelFolder(in: scratch, ["test": Array(patches.suffix(4))])
    #expect(try TrainedRun.succeed(arguments(alone)).contains(" · test · 4 patches of "))
    try FileManager.default.removeItem(at: alone)
    let overlapping = try sample.labelFolder(
      in: scratch, ["train": Array(patches.prefix(8)), "test": Array(patches.dropFirst(7))])
    try expectRefusal(arguments(overlapping), status: 2, "test_list.txt: shares 1 patches with ")
  }

  @Test func patchesWithoutLabels() throws {
    let folder = try sample.labelFolder(in: scratch, ["train": try sample.patches()], fractions: false)
    try FileManager.default.copyItem(
      at: Fixtures.url("tiny-sen12ms/labels_splits/IGBP_probability_labels.pkl"),
      to: folder.appending(path: "IGBP_probability_labels.pkl"))
    try expectRefusal(dryRun(labels: folder), status: 2, "24 of 24 patches have no label: ROIs")
  }

  /// A data set in which one training patch is another file.
  private func dataSet(with file: URL) throws -> (folder: URL, patch: String) {
    let copy = scratch.file("data-\(UUID().uuidString)")
    try FileManager.default.copyItem(at: sample.data, to: copy)
    let files = try #require(FileManager.default.enumerator(atPath: copy.path)).compactMap { $0 as? String }
    // Every patch, so that whatever is read first is wrong.
    let patches = files.filter { $0.contains("_s2_") && $0.hasSuffix(".tif") }
    for patch in patches {
      try FileManager.default.removeItem(at: copy.appending(path: patch))
      try FileManager.default.copyItem(at: file, to: copy.appending(path: patch))
    }
    return (copy, try #require(patches.first))
  }

  static let images = try! FileManager.default.contentsOfDirectory(atPath: TrainedRun.fixture("hostile"))
    .filter { $0.hasSuffix(".tif") }.sorted()

  @Test(arguments: images) func damagedImages(name: String) throws {
    let (data, _) = try dataSet(with: Fixtures.url("hostile/\(name)"))
    try expectRefusal(dryRun(data: data), status: 2, "_s2_", ".tif: ")
  }

  @Test func imagesOfAnotherKind() throws {
    #expect(Self.images.count == 20)
    let three = try dataSet(with: Fixtures.url("hostile/tiff_s2_three_bands.tif")).folder
    try expectRefusal(dryRun(data: three), status: 2, "expected the 13 bands of a Sentinel-2 file, found 3")
    let patch = try #require(try sample.patches().first)
    let name = patch.split(separator: "_")
    let s1 = sample.data.appending(
      path: "\(name[0])_\(name[1])/s1_\(name[3])/\(patch.replacing("_s2_", with: "_s1_"))")
    try expectRefusal(
      dryRun(data: dataSet(with: s1).folder), status: 2, "expected the 13 bands of a Sentinel-2 file, found 2"
    )
    let large = Fixtures.url("tiny-sen12ms/ROIs1158_spring/s2_1/ROIs1158_spring_s2_1_p31.tif")
    let (mixed, _) = try dataSet(with: large)
    #expect(try TrainedRun.succeed(dryRun(data: mixed, set: ["data.patch_size=32"])).contains("256×256"))
  }

  // MARK: - Hostile pickles

  static let pickles = try! FileManager.default.contentsOfDirectory(atPath: TrainedRun.fixture("hostile"))
    .filter { $0.hasSuffix(".pkl") }.sorted()

  @Test(arguments: pickles) func hostilePickles(name: String) throws {
    #expect(Self.pickles.count > 30)
    for target in ["train_list.pkl", "IGBP_probability_labels.pkl"] {
      let labels = scratch.file(target + "-labels")
      try FileManager.default.copyItem(at: sample.labels, to: labels)
      try FileManager.default.removeItem(at: labels.appending(path: target))
      try FileManager.default.copyItem(
        at: Fixtures.url("hostile/\(name)"), to: labels.appending(path: target))
      try expectRefusal(dryRun(labels: labels), status: 2, "/\(target): ")
    }
    #expect(!FileManager.default.fileExists(atPath: "PICKLE_WAS_EXECUTED.txt"))
  }

  // MARK: - Checkpoints and folders

  @Test func checkpointsThatAreNone() throws {
    for (path, message) in [
      ("/absent.h5", "/absent.h5: does not exist"), (sample.configuration, "is not a fusionctl checkpoint"),
      (scratch.path, scratch.path),
      (TrainedRun.fixture("hostile/st_good.safetensors"), "is not a fusionctl checkpoint"),
    ] {
      for command in ["test", "validate"] {
        try expectRefusal([command, "--checkpoint", path] + sample.places, status: 2, message)
      }
    }
    try expectRefusal(
      ["test", "--checkpoint", "/absent.h5", "--batch-size", "0"] + sample.places, status: 2, "does not exist"
    )
    let run = try sample.train(scratch.file("run"))
    for (flag, message) in [("--batch-size", "from 1 to 65536"), ("--threads", "from 1 to 1024")] {
      try expectRefusal(
        ["test", "--checkpoint", run.path("best"), flag, "0"] + sample.places, status: 64, "\(flag) 0: ",
        message)
    }
    try FileManager.default.createDirectory(
      at: scratch.file("other/checkpoints"), withIntermediateDirectories: true)
    try expectRefusal(
      ["compare", run.url.path, scratch.file("other").path], status: 2, "summary.json: the summary of the run"
    )
  }

  @Test func foldersThatCannotBeWritten() throws {
    let file = scratch.file("file")
    try "".write(to: file, atomically: true, encoding: .utf8)
    let training = ["train", "--config", sample.configuration] + sample.places
    try expectRefusal(
      training + ["--out", file.path], status: 1, "is a file, not a folder; choose another folder")
    try expectRefusal(
      training + ["--out", file.appending(path: "run").path], status: 1,
      "cannot be reached (a part of the path is a file, not a folder, errno 20)")
    try expectRefusal(training + ["--out", ""], status: 64, "--out: the path is empty")
    try expectRefusal(["synth", "--out", file.path], status: 1, file.path)
  }

  @Test(.enabled(if: FileManager.default.fileExists(atPath: "/dev/full"), "needs /dev/full"))
  func aFullDiskUnderTheOutput() throws {
    let process = Process()
    process.executableURL = URL(filePath: "/bin/sh")
    process.arguments = ["-c", "'\(BuiltProgram.url.path)' keys >/dev/full 2>'\(scratch.file("err").path)'"]
    try process.run()
    process.waitUntilExit()
    #expect(process.terminationStatus == 1)
    #expect(
      try String(contentsOf: scratch.file("err"), encoding: .utf8)
        == "fusionctl: standard output: cannot be written (no space left on the device, errno 28)\n")
  }
}
