import Foundation
import TestSupport
import Testing

/// `--resume` of a run that came to its end, and what may change before it goes on.
@Suite(.sampleData) struct TrainResumeTests {
  let sample = SampleData.current!
  let scratch: ScratchFolder

  init() throws { scratch = try ScratchFolder() }

  @Test func moreEpochsContinueAsIfTheyHadBeenAskedForAtOnce() throws {
    let straight = try sample.train(scratch.file("straight"), ["--epochs", "3"])
    let out = scratch.file("run")
    try sample.train(out, ["--epochs", "1"])
    // Without --config: the run knows its own.
    try TrainedRun.succeed(
      ["train", "--out", out.path, "--resume", "--epochs", "3", "--quiet", "--threads", "1"] + sample.places)
    let run = RunFiles(out)
    #expect(try differences(straight.checkpoint("last"), run.checkpoint("last")) == [])
    #expect(try differences(straight.checkpoint("best"), run.checkpoint("best")) == [])
    #expect(try straight.metricsWithoutTimes == run.metricsWithoutTimes)
    #expect(try run.summary.epochs.int == 3 && run.summary.finished.bool == true)
  }

  @Test func resumingAFinishedRunChangesNothing() throws {
    let run = try sample.train(scratch.file("run"))
    try TrainedRun.succeed(["test", "--checkpoint", run.path("best"), "--quiet"] + sample.places)
    let files = ["metrics.csv", "summary.json", "config.yaml"]
    let before = try files.map(run.text)
    #expect(try run.summary.tests.array.count == 1)
    try sample.train(run.url, ["--resume"])
    #expect(try files.map(run.text) == before)
  }

  @Test func resumingNothingStarts() throws {
    let run = try sample.train(scratch.file("run"), ["--resume"])
    #expect(try run.summary.finished.bool == true)
  }

  @Test(arguments: [
    (
      "model.architecture=resnet34", "model.architecture: is resnet34, but the run to be resumed has resnet18"
    ),
    ("model.sensors=[s1]", "model.sensors: is [s1], but the run to be resumed has [s2]"),
    ("labels.scheme=full", "labels.scheme: is full, but the run to be resumed has simplified"),
    ("labels.type=single", "labels.type: is single, but the run to be resumed has multi"),
    ("training.learning_rate=0.1", "training.learning_rate: is 0.1, but the run to be resumed has 0.01"),
    ("training.batch_size=8", "training.batch_size: is 8, but the run to be resumed has 4"),
    ("precision=bf16-emulated", "precision: is bf16-emulated, but the run to be resumed has fp32"),
    ("data.nan=skip", "data.nan: is skip, but the run to be resumed has fail"),
  ])
  func aChangedKeyIsNamed(setting: String, message: String) throws {
    let out = scratch.file("run")
    try sample.train(out)
    let refused = try refusal(sample.training(out, set: [setting], ["--resume", "--epochs", "2"]))
    #expect(refused.status == 64 && refused.lines.count == 1)
    #expect(refused.lines[0].hasPrefix("fusionctl: \(message) ("), "\(refused.lines)")
    #expect(try RunFiles(out).checkpoint("last").contents.progress.epoch == 1)
  }

  @Test func whatOnlyChangesTheSpeedMayChange() throws {
    let straight = try sample.train(scratch.file("straight"), ["--epochs", "2"])
    let run = try sample.train(scratch.file("run"))
    try sample.train(
      run.url,
      set: ["data.workers=2", "data.prefetch=1", "training.checkpoint_every_epochs=5"],
      ["--resume", "--epochs", "2"])
    #expect(try differences(straight.checkpoint("last"), run.checkpoint("last")) == [])
  }

  @Test func fewerEpochsThanAreDone() throws {
    let run = try sample.train(scratch.file("run"), ["--epochs", "2"])
    let refused = try refusal(sample.training(run.url, ["--resume", "--epochs", "1"]))
    #expect(refused.status == 64 && refused.lines.count == 1)
    #expect(refused.lines[0].contains("training.epochs: is 1, but the run to be resumed is past that"))
    #expect(try run.summary.epochs.int == 2)
  }

  /// The order of an epoch follows from its patches, so other lists would make another run.
  @Test func otherTrainingPatchesAreRefused() throws {
    let run = try sample.train(scratch.file("run"))
    let patches = try sample.patches()
    let labels = try sample.labelFolder(
      in: scratch, ["train": Array(patches.dropLast(6)), "val": Array(patches.suffix(2))])
    let refused = try refusal(
      [
        "train", "--resume", "--epochs", "2", "--out", run.url.path, "--data", sample.data.path, "--labels",
        labels.path,
      ])
    #expect(refused.status == 2 && refused.lines.count == 1)
    #expect(
      refused.lines[0].contains(
        "--data and --labels: not what the run to be resumed was begun with: training list (now 16 patches "),
      "\(refused.lines)")
    #expect(refused.lines[0].contains("then 16 patches (checksum "))
  }
}
