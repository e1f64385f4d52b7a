import Foundation
import TestSupport
import Testing

/// The program on several ranks under `mpirun`. One run at a time: each takes the cores for itself.
@Suite(
  .besideOthers, .serialized, .sampleData,
  .enabled(if: RankLaunch.isPossible, "mpirun is not installed, or the build has no MPI"))
struct DataParallelTests {
  let sample = SampleData.current!
  let scratch: ScratchFolder

  init() throws { scratch = try ScratchFolder() }

  /// Ranks share cores where there are too few.
  private func launch(_ ranks: Int, _ arguments: [String]) throws -> RankLaunch {
    try RankLaunch(
      [(ranks, [BuiltProgram.url.path] + arguments + ["--oversubscribe"])], limit: 240)
  }

  /// Trains to the end, which must succeed.
  @discardableResult
  private func train(
    _ name: String, ranks: Int, set settings: [String] = [], _ more: [String] = []
  ) throws -> (run: RunFiles, lines: [String]) {
    let out = scratch.file(name)
    let run = try launch(ranks, sample.training(out, set: settings, more))
    try #require(run.status == 0, "\(run.errors)")
    #expect(run.left == [])
    return (RunFiles(out), run.errors)
  }

  private func losses(_ run: RunFiles) throws -> [Double] {
    let rows = try run.metrics
    let column = try #require(rows[0].firstIndex(of: "train_loss"))
    return try rows.dropFirst().map { try #require(Double($0[column])) }
  }

  private func largestDifference(_ a: [Double], _ b: [Double]) -> Double {
    zip(a, b).map { abs($0 - $1) / $0 }.max() ?? .infinity
  }

  /// Twenty steps, each an epoch so that its loss is in the table. Rounding grows from step to step, in one
  /// process with other kernels as well; small steps on patches of 64 pixels keep it small for so long.
  @Test func lossesOfTwentyStepsAgree() throws {
    let data = scratch.file("data")
    try TrainedRun.succeed(
      "synth", "--out", data.path, "--size", "64", "--scenes", "6", "--patches-per-scene", "4", "--quiet")
    func run(_ ranks: Int, _ name: String, _ more: [String] = []) throws -> (losses: [Double], log: String) {
      let out = scratch.file(name)
      let settings = ["training.learning_rate=0.00002", "training.checkpoint_every_epochs=20"] + more
      let run = try launch(
        ranks,
        ["train", "--config", sample.configuration, "--out", out.path, "--data", data.path, "--labels"]
          + [data.appending(path: "labels_splits").path, "--epochs", "20", "--batch-size", "16", "--quiet"]
          + settings.flatMap { ["--set", $0] })
      try #require(run.status == 0, "\(run.errors)")
      // The first rank alone writes event files.
      let events = try EventLog(out.appending(path: "tensorboard"))
      #expect(events.names.count == 1 && events.points("loss/validation").count == 20)
      return (try losses(RunFiles(out)), try RunFiles(out).text("train.log"))
    }
    let alone = try run(1, "1").losses
    #expect(alone.count == 20)
    // The steps do something: a wrong gradient would show.
    #expect(alone[19] < 0.98 * alone[0], "\(alone)")
    for ranks in [2, 4] {
      let (losses, log) = try run(ranks, "\(ranks)")
      #expect(losses.count == 20 && largestDifference(alone, losses) < 1e-4, "\(alone) \(losses)")
      #expect(log.contains("\(ranks) ranks (\(ranks) on "))
      #expect(log.contains("16 patches a step, \(16 / ranks) a rank"))
      #expect(!log.contains("batch norm"))
    }
    let (own, log) = try run(2, "own", ["training.sync_batch_norm=false"])
    #expect(largestDifference(alone, own) > 1e-4)
    #expect(
      log.contains(
        "batch norm statistics are those of 8 patches a rank, not of the batch of 16; running statistics are "
          + "those of rank 0"))
  }

  @Test func testsAreTheSameOnAnyNumberOfRanks() throws {
    let run = try sample.train(scratch.file("run"))
    func test(_ ranks: Int) throws -> (json: String, predictions: Data, summary: String) {
      let file = scratch.file("\(ranks).csv")
      let found = try launch(
        ranks,
        ["test", "--checkpoint", run.path("best"), "--quiet", "--json", "--batch-size", "1"]
          + ["--predictions", file.path] + sample.places)
      try #require(found.status == 0, "\(found.errors)")
      #expect(found.left == [])
      let summary = try run.text("summary.json").split(separator: "\n").filter { !$0.contains("\"date\" : ") }
      return (found.output, try Data(contentsOf: file), summary.joined(separator: "\n"))
    }
    let alone = try test(1)
    #expect(alone.json.contains("\"samples\" : 4"))
    for ranks in 2...3 {
      let found = try test(ranks)
      #expect(found.json == alone.json && found.predictions == alone.predictions)
      #expect(found.summary == alone.summary)
    }
  }

  /// Ranks divide the passes over all files before the first epoch, and know the same afterwards as one alone.
  @Test func passesOverTheFilesAreShared() throws {
    let tree = Fixtures.url("tiny-sen12ms")
    let labels = scratch.file("labels")
    try FileManager.default.createDirectory(at: labels, withIntermediateDirectories: true)
    for list in ["train_list.txt", "val_list.txt"] {
      try FileManager.default.copyItem(
        at: tree.appending(path: "labels_splits/\(list)"), to: labels.appending(path: list))
    }
    let settings = [
      "model.sensors=[s2,s1]", "model.fusion=early", "data.nan=skip", "data.normalisation=computed",
      "data.validation=list", "data.patch_size=32", "training.batch_size=6",
    ]
    func train(_ ranks: Int) throws -> (run: RunFiles, notes: [String]) {
      let out = scratch.file("\(ranks)")
      let run = try launch(
        ranks,
        ["train", "--config", sample.configuration, "--out", out.path, "--data", tree.path]
          + ["--labels", labels.path] + settings.flatMap { ["--set", $0] })
      try #require(run.status == 0 && run.left == [], "\(run.errors)")
      return (RunFiles(out), run.errors.filter { $0.hasPrefix("note: ") && !$0.contains(" rank") })
    }
    let alone = try train(1)
    #expect(
      alone.notes.contains("note: left out 1 patch with missing samples (NaN, infinite, nodata or masked)"))
    #expect(alone.notes.contains { $0.contains("labels are computed from land cover") })
    let normalisation = try alone.run.checkpoint("last").contents.metadata["normalisation"]
    #expect(normalisation?.isEmpty == false)
    for ranks in [2, 3] {
      let shared = try train(ranks)
      #expect(shared.notes == alone.notes)
      #expect(try shared.run.checkpoint("last").contents.metadata["normalisation"] == normalisation)
      let (a, b) = (try losses(alone.run), try losses(shared.run))
      #expect(a.count == b.count && largestDifference(a, b) < 1e-2, "\(a) \(b)")
    }
  }

  /// Ranks divide the search for missing samples too, and refuse them once.
  @Test func missingSamplesAreRefusedOnce() throws {
    let tree = Fixtures.url("tiny-sen12ms")
    let settings = ["model.sensors=[s1]", "data.validation=list", "data.patch_size=32"]
    let refused = try launch(
      2,
      ["train", "--config", sample.configuration, "--dry-run", "--data", tree.path]
        + ["--labels", tree.appending(path: "labels_splits").path] + settings.flatMap { ["--set", $0] })
    #expect(refused.status == 2 && refused.left == [] && refused.complaints.count == 1, "\(refused.errors)")
    #expect(
      refused.complaints.first?.hasPrefix(
        "fusionctl: Sentinel-1: 1 of 11 training patches has missing samples, first ") == true,
      "\(refused.errors)")
  }

  /// A file that one rank cannot read ends all, in the middle of an epoch; the run then goes on elsewhere.
  @Test func anErrorOnOneRankEndsAllAndTheRunGoesOn() throws {
    let settings = [
      "training.learning_rate=0.0001", "training.checkpoint_every_minutes=0.000001", "data.flips=true",
      // Under fail the file would be found before the epoch.
      "data.nan=fill",
    ]
    let straight = try train("straight", ranks: 1, set: settings, ["--epochs", "3", "--quiet"]).run
    try train("run", ranks: 2, set: settings, ["--epochs", "1", "--quiet"])
    let patch = try #require(sample.patches().last)
    let damaged = try #require(sample.file(of: patch))
    let aside = scratch.file("aside")
    try FileManager.default.copyItem(at: damaged, to: aside)
    try Data([1, 2, 3]).write(to: damaged)
    let out = scratch.file("run")
    let broken = try launch(
      2, sample.training(out, set: settings, ["--epochs", "3", "--quiet", "--resume"]))
    try FileManager.default.removeItem(at: damaged)
    try FileManager.default.moveItem(at: aside, to: damaged)
    #expect(broken.status == 2 && broken.left == [] && broken.seconds < 60)
    #expect(broken.complaints.count == 1, "\(broken.errors)")
    let line = broken.complaints.first ?? ""
    #expect(line.hasPrefix("fusionctl: rank ") && line.contains(damaged.lastPathComponent), "\(line)")
    // The write that is under way as the error comes may be lost; the ones before it stay.
    let place = try RunFiles(out).checkpoint("last").contents.progress
    #expect(place.epoch == 1 && (0...3).contains(place.stepInEpoch))
    #expect(place.position == 4 * place.stepInEpoch)

    let begin =
      place.stepInEpoch == 0 ? "after epoch 1" : "in epoch 2 after step \(place.stepInEpoch)"
    for (epochs, ranks, change) in [
      (2, 1, "\(begin), on 1 rank instead of 2"), (3, 4, "after epoch 2, on 4 ranks instead of 1"),
    ] {
      let resumed = try train("run", ranks: ranks, set: settings, ["--epochs", "\(epochs)", "--resume"])
      #expect(resumed.lines.contains { $0 == "resuming \(change)" }, "\(resumed.lines)")
    }
    let run = RunFiles(out)
    #expect(try run.metrics.dropFirst().map(\.[0]) == ["1", "2", "3"])
    #expect(try run.checkpoint("last").contents.progress == straight.checkpoint("last").contents.progress)
    // The same patches in the same order; what is left is rounding, which batches of four magnify.
    #expect(largestDifference(try losses(straight), try losses(run)) < 0.02)
  }

  /// One line for all of them, and nothing begun.
  @Test func ranksThatDisagreeStopAtOnce() throws {
    let lists = try sample.labelFolder(
      in: scratch, ["train": sample.patches().dropLast(4), "val": sample.patches().suffix(4)])
    let elsewhere = Array(sample.places.dropLast()) + [lists.path]
    // What follows the end of an executable changes nothing but its bytes.
    let otherBuild = scratch.file("fusionctl")
    try (Data(contentsOf: BuiltProgram.url) + [0]).write(to: otherBuild)
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: otherBuild.path)
    let base = { (program: URL, places: [String], more: [String]) in
      [program.path, "train", "--config", sample.configuration, "--quiet", "--oversubscribe"]
        + ["--out", scratch.file("run").path] + places + more
    }
    let program = BuiltProgram.url
    let cases: [(program: URL, places: [String], more: [String], start: String, end: String)] = [
      (
        otherBuild, sample.places, [], "program: the ranks do not agree: '0.1.0, executable with ",
        "'0.1.0, executable with "
      ),
      (
        program, sample.places, ["--set", "training.learning_rate=0.02"],
        "configuration: the ranks do not agree: 'training.learning_rate: 0.01' on rank 0 (",
        "'training.learning_rate: 0.02' on rank 1 ("
      ),
      (
        program, elsewhere, [], "data: the ranks do not agree: 'train: 16 patches, checksum ",
        "'train: "
      ),
      (
        program, sample.places, ["--kernels", "reference"], "--kernels: the ranks do not agree: '",
        "'reference' on rank 1 ("
      ),
    ]
    for (other, places, more, start, end) in cases {
      let run = try RankLaunch([(1, base(program, sample.places, [])), (1, base(other, places, more))])
      #expect(run.status == 1 && run.left == [] && run.complaints.count == 1, "\(run.errors)")
      let line = run.complaints.first ?? ""
      #expect(line.hasPrefix("fusionctl: \(start)") && line.contains(end), "\(line)")
      #expect(!FileManager.default.fileExists(atPath: scratch.file("run/config.yaml").path))
    }
  }

  @Test func mistakesAreSaidOnce() throws {
    let cases: [(ranks: Int, more: [String], status: Int32, line: String)] = [
      (
        3, ["--batch-size", "2"], 64,
        "training.batch_size: a batch has 2 patches for 3 ranks; choose another training.batch_size, "
          + "training.drop_last: true, or fewer ranks"
      ),
      (2, ["--init-from", "/nowhere.h5"], 2, "/nowhere.h5: "),
    ]
    for (ranks, more, status, line) in cases {
      let run = try launch(ranks, sample.training(scratch.file("run"), more))
      #expect(run.status == status && run.left == [] && run.complaints.count == 1, "\(run.errors)")
      #expect(run.complaints.first?.contains(line) == true, "\(run.errors)")
    }
  }

  @Test func aDryRunSaysTheShares() throws {
    let run = try launch(
      3,
      ["train", "--config", sample.configuration, "--dry-run", "--quiet"]
        + ["--set", "training.batch_scope=rank", "--set", "training.learning_rate_scaling=sqrt"]
        + sample.places + ["--set", "training.drop_last=true", "--set", "training.batch_size=5"])
    #expect(run.status == 0, "\(run.errors)")
    let text = run.output.onOneLine
    #expect(text.components(separatedBy: "tried: a step of 15 patches (5, 5, 5 by rank), loss ").count == 2)
    #expect(text.contains("15 patches a step, 5 a rank (training.batch_scope rank: 5 times 3)"))
    #expect(text.contains("sgd, learning rate 0.0173205"), "\(text)")
    #expect(text.contains("batch 15: 1 step an epoch") && text.contains("3 ranks, 1 thread"), "\(text)")
  }

  /// Each step of `bench` on ranks exchanges its gradients; one rank reports.
  @Test func theBenchmarkTimesTheExchange() throws {
    let run = try launch(
      2,
      [
        "bench", "--config", sample.configuration, "--only", "step", "--size", "32", "--repeats", "2",
        "--json",
      ])
    #expect(run.status == 0 && run.left == [], "\(run.errors)")
    let exchange = try JSON(data: Data(run.output.utf8)).exchange
    #expect(exchange.ranks.int == 2 && exchange.isOverlapped.exists)
    #expect(
      exchange.waitSeconds.all.doubles.count == 2 && exchange.waitSeconds.all.doubles.allSatisfy { $0 > 0 })
  }
}
