import Foundation
import TestSupport
import Testing

/// What passes the dry run starts: whatever stops a training before its first step, or in its first epoch, is found
/// by the dry run in the same words.
@Suite(.sampleData) struct DryRunTests {
  let sample = SampleData.current!
  let scratch: ScratchFolder

  init() throws { scratch = try ScratchFolder() }

  private func training(
    data: URL? = nil, labels: URL? = nil, out: URL? = nil, set settings: [String] = [], _ more: [String] = []
  ) -> [String] {
    ["train", "--config", sample.configuration, "--data", (data ?? sample.data).path, "--quiet"]
      + ["--labels", (labels ?? sample.labels).path, "--out", (out ?? scratch.file("run")).path]
      + settings.flatMap { ["--set", $0] } + more
  }

  /// Both refuse, alike and before anything is written.
  private func expectBothRefuse(
    _ arguments: [String], status: Int32, _ part: String, location: SourceLocation = #_sourceLocation
  ) throws {
    let (real, dry) = (try refusal(arguments), try refusal(arguments + ["--dry-run"]))
    #expect(real.status == status && dry.status == status, "\(real) \(dry)", sourceLocation: location)
    #expect(real.lines == dry.lines && dry.output.isEmpty, "\(real) \(dry)", sourceLocation: location)
    #expect(
      dry.lines.count == 1 && dry.lines[0].contains(part), "\(part) in \(dry.lines)", sourceLocation: location
    )
  }

  /// A copy of the data in which the file of the last training patch is another: no batch before the last has it,
  /// and its scene has others before it.
  private func copy(_ change: (URL) throws -> Void) throws -> (data: URL, patch: String) {
    let data = scratch.file("data-\(UUID().uuidString)")
    try FileManager.default.copyItem(at: sample.data, to: data)
    let patch = try #require(try sample.listed("train").last)
    try change(try #require(sample.file(of: patch, in: data)))
    return (data, patch)
  }

  private func file(side: Int, _ sample: TIFFFile.Sample, _ value: (Int) -> Double) -> TIFFFile {
    TIFFFile(
      width: side, height: side, bands: 13, sample: sample,
      values: (0..<side * side * 13).map(value))
  }

  @Test func filesThatCannotBeUsed() throws {
    let cut = try copy { try Data(contentsOf: $0).dropLast(100).write(to: $0) }
    try expectBothRefuse(
      training(data: cut.data, set: ["data.validation=list"]), status: 2, "reaches beyond the end of the file"
    )
    let other = try copy { try file(side: 16, .uint16) { _ in 500 }.write(to: $0) }
    try expectBothRefuse(
      training(data: other.data, set: ["data.validation=list"]), status: 2,
      "expected 32×32 pixels (height×width), found 16×16")
    #expect(!FileManager.default.fileExists(atPath: scratch.file("run").path))
  }

  @Test func missingSamplesAreCounted() throws {
    let (data, patch) = try copy {
      try file(side: 32, .float32) { $0 % 13 == 1 && $0 < 65 ? .nan : 500 }.write(to: $0)
    }
    try expectBothRefuse(
      training(data: data, set: ["data.validation=list"]), status: 2,
      "Sentinel-2: 1 of \(try sample.listed("train").count) training patches has missing samples, first \(patch) "
        + "(5 of 10240 samples are NaN or infinite); data.nan is fail; leave such patches out (--set data.nan=skip)"
    )
    // Where missing samples are filled there is nothing to look for.
    let filled = try BuiltProgram.run(
      training(data: data, set: ["data.validation=list", "data.nan=fill"], ["--dry-run"]))
    #expect(filled.status == 0 && !filled.errors.contains("looking for"))
  }

  @Test func foldersOfTheRun() throws {
    let file = scratch.file("file")
    try "".write(to: file, atomically: true, encoding: .utf8)
    try expectBothRefuse(training(out: file), status: 1, "is a file, not a folder")
    try expectBothRefuse(
      training(out: file.appending(path: "run")), status: 1, "a part of the path is a file, not a folder")
    let strange = scratch.file("strange")
    try FileManager.default.createDirectory(at: strange, withIntermediateDirectories: true)
    try "".write(to: strange.appending(path: "train.log"), atomically: true, encoding: .utf8)
    try expectBothRefuse(training(out: strange), status: 64, "with the names of a run's: train.log")
    let scene = try #require(try sample.file(of: sample.listed("train")[0])).deletingLastPathComponent()
    try expectBothRefuse(
      training(out: scene.appending(path: "run")), status: 64, "lies where patches are read")
    // A dry run makes no folder.
    try TrainedRun.succeed(training(out: scratch.file("new/run"), ["--dry-run"]))
    #expect(!FileManager.default.fileExists(atPath: scratch.file("new").path))
  }

  @Test func runsThatCannotGoOn() throws {
    let out = scratch.file("run")
    let run = try sample.train(out)
    let before = try run.names
    try expectBothRefuse(training(out: out), status: 64, "the folder already holds a run")
    let resume = ["--resume"]
    try expectBothRefuse(
      training(out: out, set: ["training.learning_rate=0.5"], resume), status: 64,
      "training.learning_rate: is 0.5, but the run to be resumed has 0.01")
    let others = try sample.labelFolder(
      in: scratch, ["train": sample.patches().dropLast(8), "test": Array(sample.patches().suffix(4))])
    try expectBothRefuse(
      training(labels: others, out: out, resume + ["--epochs", "2"]), status: 2,
      "not what the run to be resumed was begun with")
    try expectBothRefuse(
      training(
        out: scratch.file("else"), set: ["model.architecture=resnet34"], ["--init-from", run.path("best")]),
      status: 2, "does not fit the network")
    let going = try TrainedRun.succeed(training(out: out, resume + ["--epochs", "2", "--dry-run"]))
    #expect(going.contains("tried: a step of "))
    #expect(try run.names == before)
  }

  /// What a test will lack is said, and stops nothing.
  @Test func whatATestWillLack() throws {
    let patches = try sample.patches()
    func notes(_ lists: [String: [String]], data: URL? = nil) throws -> [String] {
      let labels = try sample.labelFolder(in: scratch, lists)
      defer { try? FileManager.default.removeItem(at: labels) }
      // Long notes are broken at words.
      return try TrainedRun.succeed(training(data: data, labels: labels, ["--dry-run"]))
        .replacing("\n  ", with: " ").split(separator: "\n").filter {
          $0.hasPrefix("note") && $0.contains("not tested")
        }.map(String.init)
    }
    let train = Array(patches.dropLast(4))
    #expect(try notes(["train": train]).map { $0.contains("no test_list in ") } == [true])
    #expect(try notes(["train": train, "test": Array(patches.suffix(4))]).isEmpty)
    let absent = "ROIs1158_spring_s2_99_p1.tif"
    let found = try notes(["train": train, "test": Array(patches.suffix(3)) + [absent]])
    #expect(found.count == 2, "\(found)")
    #expect(found.contains { $0.contains("1 of 4 files that the test list needs are absent, first ") })
    #expect(found.contains { $0.contains("1 of 4 test patches have no label, first \(absent)") })
  }
}

/// Notes about the patch that is published damaged, and evaluations of other splits.
@Suite(.sampleData) struct SplitChoiceTests {
  let sample = SampleData.current!
  let scratch: ScratchFolder

  init() throws { scratch = try ScratchFolder() }

  /// The damaged patch is mentioned where a list that is used names it.
  @Test func theDamagedPatchIsMentionedWhereItIsListed() throws {
    let (damaged, patches) = ("ROIs1868_summer_s2_146_p202.tif", try sample.patches())
    let labels = try sample.labelFolder(
      in: scratch, ["train": patches.dropLast(4) + [damaged], "test": Array(patches.suffix(4))])
    let run = try sample.train(scratch.file("run"))
    let place = ["--data", sample.data.path, "--labels", labels.path]
    func mentions(_ arguments: [String]) throws -> Int {
      let result = try BuiltProgram.run(arguments + place)
      #expect(result.status == 0, "\(result.errors)")
      return (result.output + result.errors).split(separator: "\n").count {
        $0.contains("left out \(damaged)")
      }
    }
    #expect(try mentions(["train", "--config", sample.configuration, "--dry-run"]) == 1)
    #expect(try mentions(["test", "--checkpoint", run.path("best")]) == 0)
    #expect(try mentions(["validate", "--checkpoint", run.path("best")]) == 1)
  }

  @Test func everySplitCanBeEvaluated() throws {
    let run = try sample.train(scratch.file("run"))
    let before = try run.text("summary.json")
    let base = ["--checkpoint", run.path("best"), "--quiet"] + sample.places
    for (split, count) in [("train", 16), ("validation", 4), ("test", 4)] {
      let text = try TrainedRun.succeed(["validate", "--split", split] + base)
      #expect(text.contains("\(split)") && text.contains("\(count) patches"), "\(text)")
    }
    #expect(
      try TrainedRun.succeed(["validate"] + base)
        == TrainedRun.succeed(["validate", "--split", "validation"] + base))
    // Only `test` is for the record.
    #expect(try run.text("summary.json") == before)
    let test = try TrainedRun.succeed(["test", "--json"] + base)
    #expect(try test == TrainedRun.succeed(["validate", "--split", "test", "--json"] + base))
    #expect(try run.text("summary.json") != before)
    let refused = try refusal(["validate", "--split", "tset"] + base)
    #expect(
      refused.status == 64
        && refused.lines == [
          "fusionctl: --split tset: expected one of train, validation, test; did you mean 'test'?"
        ])
  }
}
