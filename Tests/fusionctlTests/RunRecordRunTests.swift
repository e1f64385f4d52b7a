import Foundation
import TestSupport
import Testing

/// Runs that know what they are, by the built program.
@Suite(.sampleData) struct RunRecordRunTests {
  let sample = SampleData.current!
  let scratch: ScratchFolder

  init() throws { scratch = try ScratchFolder() }

  private func test(_ arguments: [String]) throws -> BuiltProgram.Result {
    let result = try BuiltProgram.run(["test"] + arguments)
    #expect(result.status == 0, "\(arguments): \(result.errors)")
    return result
  }

  /// A run of two epochs whose `last.h5` is not its `best.h5`, however the epochs come out.
  private func run(_ name: String, set settings: [String] = []) throws -> RunFiles {
    try sample.train(scratch.file("runs/\(name)"), set: settings, ["--epochs", "2"])
  }

  private func words(_ text: String) -> String {
    text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
  }

  @Test func aRunKnowsItselfAndItsTests() throws {
    let run = try run("a")
    let folder = run.url.path
    let identity = try run.summary.run
    #expect(identity.name.string == "a" && identity.data.string == sample.data.path)
    #expect(identity.labels.string == sample.labels.path && identity.parts.array.count == 1)
    let part = identity.parts[0]
    #expect(part.command.string?.hasPrefix("fusionctl train --config \(sample.configuration) --out ") == true)
    #expect(try #require(part.started.string) <= #require(part.ended.string))
    #expect(part.host.string?.isEmpty == false && part.libraries.strings.contains { $0.hasPrefix("HDF5 1") })
    #expect(try run.summary.splits.train["count"].int == 16)

    // Its best checkpoint and its data, by the folder alone.
    let first = try test([folder])
    #expect(words(first.errors).contains("data: \(sample.data.path) (of the run \(folder)); labels: "))
    #expect(words(first.errors).hasSuffix("next: fusionctl report \(folder)"), "\(first.errors)")
    // The other checkpoint, and the same on other patches: nothing is replaced.
    let best = try run.checkpoint("best").contents.progress.epoch
    let other = try run.checkpoint("last").contents.progress.epoch == best ? "previous" : "last"
    // A page is made of the best network's predictions.
    #expect(try !words(test(["--checkpoint", run.path(other)]).errors).contains("fusionctl report"))
    let few = try sample.labelFolder(in: scratch, ["test": Array(sample.patches().suffix(2))])
    _ = try test([folder, "--labels", few.path, "--quiet"])
    _ = try test([folder, "--quiet"])
    let tests = try run.summary.tests
    let epochs = tests.array.map { $0.checkpoints[0].epoch.int }
    #expect(epochs == [3 - best, best, best] && tests.array.map { $0.patches["count"].int } == [4, 2, 4])
    #expect(tests[2].labels.string == sample.labels.path && tests[1].labels.string == few.path)
    #expect(tests[0].checkpoints[0].weights.string != tests[1].checkpoints[0].weights.string)

    // A run of which only another checkpoint was tested, and one that was tested on other patches.
    let copy = scratch.file("runs/b")
    try FileManager.default.copyItem(at: run.url, to: copy)
    try FileManager.default.removeItem(at: copy.appending(path: "summary.json"))
    try sample.train(copy, ["--resume", "--epochs", "2"])
    _ = try test(["--checkpoint", RunFiles(copy).path(other), "--quiet"] + sample.places)
    let shown = words(try TrainedRun.succeed(["compare", folder, copy.path]))
    #expect(shown.contains("not tested: \(copy.path) "))
    #expect(shown.contains("only \(other).h5, epoch \(3 - best) was tested"))
    let next = try test([copy.path])
    #expect(words(next.errors).contains("next: fusionctl compare \(folder) \(copy.path)"), "\(next.errors)")
    try FileManager.default.removeItem(at: copy.appending(path: "summary.json"))
    try sample.train(copy, ["--resume", "--epochs", "2"])
    _ = try test([copy.path, "--quiet", "--data", sample.data.path, "--labels", few.path])
    // Both have a test on these two patches.
    #expect(try TrainedRun.succeed(["compare", folder, copy.path]).hasPrefix("Test, 2 patches of 1 scene\n"))
    let one = try ScratchFolder()
    let single = try sample.labelFolder(in: one, ["test": Array(sample.patches().suffix(1))])
    try FileManager.default.removeItem(at: copy.appending(path: "summary.json"))
    try sample.train(copy, ["--resume", "--epochs", "2"])
    _ = try test([copy.path, "--quiet", "--data", sample.data.path, "--labels", single.path])
    let refused = try refusal(["compare", folder, copy.path])
    #expect(refused.status == 2 && refused.output.isEmpty && refused.lines.count == 1)
    #expect(refused.lines[0].contains("was tested on 1 patch, \(folder) on 4 others"), "\(refused.lines)")
    #expect(
      try TrainedRun.succeed(["compare", "--separate", folder, copy.path]).contains(
        "Test, 1 patch of 1 scene\n"))
  }

  /// The data lie elsewhere by now: the run says so, is tested with the new place, and goes on with it.
  @Test func movedData() throws {
    let moved = scratch.file("moved")
    let here = scratch.file("here")
    try FileManager.default.copyItem(at: sample.data, to: here)
    let out = scratch.file("run")
    let environment = [
      "FUSIONCTL_DATA": here.path, "FUSIONCTL_LABELS": here.appending(path: "labels_splits").path,
    ]
    let train = ["train", "--config", sample.configuration, "--out", out.path, "--quiet"]
    #expect(try BuiltProgram.run(train, environment: environment).status == 0)
    let stats = ["stats", "--config", sample.configuration]
    let told = try BuiltProgram.run(stats, environment: environment)
    #expect(told.status == 0 && words(told.errors).contains("data: \(here.path) (FUSIONCTL_DATA); labels: "))
    try FileManager.default.moveItem(at: here, to: moved)
    for command in [["test", out.path], ["validate", out.path], ["train", "--resume", "--out", out.path]] {
      let refused = try refusal(command + ["--quiet"])
      #expect(refused.status == 2 && refused.lines.count == 1)
      #expect(
        refused.lines[0].contains("data of \(out.path): \(here.path): does not exist"), "\(refused.lines)")
    }
    let places = ["--data", moved.path, "--labels", moved.appending(path: "labels_splits").path]
    try TrainedRun.succeed(["train", "--resume", "--out", out.path, "--epochs", "2", "--quiet"] + places)
    // The run knows the new place, and both of its parts.
    try TrainedRun.succeed("test", out.path, "--quiet")
    let summary = try RunFiles(out).summary
    #expect(summary.run.data.string == moved.path && summary.run.parts.array.count == 2)
    #expect(summary.tests[0].data.string == moved.path && summary.completed_epochs.int == 2)
  }

  /// Wherever a checkpoint is taken, a run folder is; two networks together get a folder of their own.
  @Test func foldersStandForRuns() throws {
    let (s2, s1) = (try run("s2").url.path, try run("s1", set: ["model.sensors=[s1]"]).url.path)
    let weights = scratch.file("w.safetensors").path
    for command in [
      ["validate", s2, "--quiet"], ["export", s2, "--out", weights], ["inspect", s2],
      ["export", "--checkpoint", s2, "--out", weights, "--force"],
    ] { try TrainedRun.succeed(command) }
    try sample.train(scratch.file("from"), ["--init-from", s2])
    let late = scratch.file("runs/late").path
    let pair = ["--checkpoint-s1", s1, "--checkpoint-s2", s2, "--out", late]
    #expect(try test(pair).output.contains("s1/best.h5, epoch "))
    _ = try test([s2, "--quiet"])
    let next = try test([late])
    #expect(words(next.errors).contains("next: fusionctl compare \(s2) \(late)"), "\(next.errors)")
    let summary = try RunFiles(URL(filePath: late)).summary
    #expect(summary.networks.array.compactMap(\.path.string) == [s1, s2].map { "\($0)/checkpoints/best.h5" })
    #expect(summary.fusion.string == "late" && summary.tests.array.count == 1)
    #expect(summary.run.data.string == sample.data.path && summary.run.parts.array.count == 2)
    let shown = try TrainedRun.succeed(["compare", s2, late])
    #expect(shown.contains(" s2 ") || shown.contains(" s2\n"))
    #expect(shown.contains("  late\n") && shown.contains("s2 + s1\n") && !shown.contains("not tested"))
    // Their checkpoints say what the data are: the report has pictures of both sensors, and maps by scene.
    let page = scratch.file("late.html").path
    try TrainedRun.succeed("report", late, "--out", page, "--quiet")
    let report = try String(contentsOfFile: page, encoding: .utf8)
    for part in ["data:image/png;base64,", "radar", "true colour", "north up", "By scene"] {
      #expect(report.contains(part), "\(part)")
    }

    let pairInto = { (folder: String) -> [String] in ["test"] + pair.dropLast() + [folder] }
    let refusals: [(arguments: [String], message: String)] = [
      (["export", late, "--out", weights, "--force"], "is a late pair, which has no checkpoint of its own"),
      (pairInto(s1), "--out \(s1): the folder holds a run that was trained"),
      (pairInto(sample.data.path), "--out \(sample.data.path): is the data folder"),
      (
        ["test", s2, "--predictions", "\(s2)/metrics.csv", "--force"],
        "belongs to a run that this command reads"
      ),
      (["test", scratch.path], "is a folder without a checkpoint"),
      (["test", s2, "--checkpoint", s2], "Give a run or --checkpoint, not both"),
      (["test", s2, "--out", late], "--out belongs to late fusion of several networks"),
    ]
    for (arguments, message) in refusals {
      let refused = try refusal(arguments)
      #expect(refused.status != 0 && refused.lines.contains { $0.contains(message) }, "\(refused.lines)")
    }
  }
}
