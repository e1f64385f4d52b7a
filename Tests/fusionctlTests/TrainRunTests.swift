import Checkpoints
import Foundation
import TestSupport
import Testing

/// A training from start to end, and what it leaves.
@Suite(.sampleData) struct TrainRunTests {
  let sample = SampleData.current!
  let scratch: ScratchFolder

  init() throws { scratch = try ScratchFolder() }

  private func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

  @Test func aRunLeavesAllItsFiles() throws {
    let result = try BuiltProgram.run(sample.training(scratch.file("run"), ["--epochs", "2"]))
    #expect(result.status == 0 && result.output.isEmpty)
    // Not a terminal: whole lines, nothing that moves the cursor.
    #expect(!result.errors.contains("\r") && !result.errors.contains("\u{1B}"))
    let lines = result.errors.split(separator: "\n")
    #expect(
      lines.contains { $0.hasPrefix("  1/2  ") } && lines.contains { $0.hasPrefix("  2/2  ") }
        && lines.count { $0.hasPrefix("epoch     loss  val loss   micro-F1") } == 1)

    let run = RunFiles(scratch.file("run"))
    #expect(
      try run.names == [
        ".lock", "best.h5", "checkpoints", "config.yaml", "last.h5", "metrics.csv", "predictions",
        "previous.h5", "summary.json", "tensorboard", "train.log",
      ])
    let (predictions, events) = (try run.files("predictions"), try run.files("tensorboard"))
    #expect(predictions == ["validation.csv"])
    #expect(events.count == 1 && events[0].hasPrefix("events.out.tfevents."), "\(events)")
    let metrics = try run.metrics
    #expect(
      metrics[0].prefix(3) == ["epoch", "train_loss", "val_loss"] && metrics[0].contains("val_micro_f1"))
    #expect(metrics.dropFirst().map(\.[0]) == ["1", "2"])
    #expect(metrics.allSatisfy { $0.count == metrics[0].count })
    #expect(metrics.dropFirst().joined().allSatisfy { Double($0)?.isFinite == true })

    let summary = try run.summary
    #expect(summary.finished.bool == true && summary.completed_epochs.int == 2 && summary.epochs.int == 2)
    #expect(summary.parameters.int == 11_203_594 && summary.threads.int == 1 && summary.seed.int == 1)
    let f1 = try #require(metrics[0].firstIndex(of: "val_micro_f1"))
    let waiting = try #require(summary.data_wait_share.double)
    #expect(waiting > 0 && waiting < 1)
    let best = try #require(summary.best.epoch.int)
    #expect(Double(metrics[best][f1]) == summary.best.validation.values.micro_f1.double)
    let log = try run.text("train.log").split(separator: "\n")
    for part in [
      "starting sample: 16 training patches", "epoch 1/2: loss ", "epoch 2/2: loss ", "finished 2 epochs",
    ] {
      #expect(log.filter { $0.contains(" info \(part)") }.count == 1, "\(part)")
    }
    let progress = try ["last", "previous", "best"].map { try run.checkpoint($0).contents.progress }
    #expect(progress.map(\.epoch) == [2, 1, best] && progress.map(\.globalStep) == [8, 4, 4 * best])
    #expect(progress.allSatisfy { $0.stepInEpoch == 0 && $0.position == 0 })
  }

  /// What is frozen keeps the bits of the weights that the run began with, in every memory mode.
  @Test(arguments: ["balanced", "low"]) func frozenPartsKeepTheirNumbers(_ memory: String) throws {
    let first = try sample.train(scratch.file("first"))
    let settings = ["training.freeze=stem,layer1", "training.rates=layer2=0,layer4=0.5", "memory=\(memory)"]
    let tuned = try sample.train(
      scratch.file("tuned"), set: settings, ["--init-from", first.path("best")])
    let (before, after) = (try first.checkpoint("best"), try tuned.checkpoint("last"))
    func moved(_ section: CheckpointSection, _ name: String) throws -> Bool {
      try before.tensor(name, from: section).values != after.tensor(name, from: section).values
    }
    for parameter in before.contents.parameters {
      let isStill = ["conv1", "bn1", "layer1.", "layer2."].contains(where: parameter.name.hasPrefix)
      #expect(try moved(.parameters, parameter.name) != isStill, "\(parameter.name)")
    }
    for statistic in before.contents.buffers {
      let isStill = ["bn1", "layer1."].contains(where: statistic.name.hasPrefix)
      #expect(try moved(.buffers, statistic.name) != isStill, "\(statistic.name)")
    }
    #expect(try tuned.text("train.log").contains("frozen: stem, layer1"))
  }

  @Test func theSavedConfigurationGivesTheSameRun() throws {
    let first = try sample.train(scratch.file("first"))
    let events = try TrainedRun.succeed(
      [
        "train", "--config", first.url.appending(path: "config.yaml").path, "--quiet", "--json", "--out",
        scratch.file("second").path,
      ] + sample.places)
    let second = RunFiles(scratch.file("second"))
    try requireEvents(events, of: second)
    #expect(try first.text("config.yaml") == second.text("config.yaml"))
    #expect(try first.metricsWithoutTimes == second.metricsWithoutTimes)
    #expect(try differences(first.checkpoint("last"), second.checkpoint("last")) == [])
    // A comparison that cannot fail would prove nothing.
    let third = try sample.train(scratch.file("third"), set: ["training.seed=2"])
    #expect(try !differences(first.checkpoint("last"), third.checkpoint("last")).isEmpty)
  }

  /// The loss of the epoch is the mean of the losses of its steps.
  private func requireEvents(_ text: String, of run: RunFiles) throws {
    let events = try text.split(separator: "\n").map { try JSON(data: Data($0.utf8)) }
    #expect(
      events.map(\.event.string) == ["started"] + Array(repeating: "step", count: 4)
        + ["evaluation", "epoch", "checkpoint", "finished"])
    let steps = events.filter { $0.event.string == "step" }
    #expect(
      steps.compactMap(\.global_step.int) == [1, 2, 3, 4]
        && steps.compactMap(\.patches.int) == [4, 8, 12, 16])
    let losses = steps.compactMap(\.loss.double)
    let (epoch, row) = (events[6], try run.metrics)
    let mean = try #require(row[1][1] == "\(epoch.train_loss.double!)" ? epoch.train_loss.double : nil)
    #expect(abs(losses.reduce(0, +) / 4 - mean) < 1e-12 && Set(losses).count == 4)
    #expect(epoch.metrics.micro_f1.double == Double(row[1][row[0].firstIndex(of: "val_micro_f1")!]))
  }

  @Test func aDryRunTellsAllAndWritesNothing() throws {
    let result = try BuiltProgram.run(
      sample.training(
        scratch.file("run"), set: ["training.learning_rate=0.5", "training.batch_size=25"], ["--dry-run"]))
    #expect(result.status == 0 && !result.errors.contains("note:"), "\(result.errors)")
    #expect(result.output.split(separator: "\n").allSatisfy { $0.count <= 80 || $0.contains("/") })
    // A limit of this machine may be mentioned.
    let titles = result.output.split(separator: "\n").filter { !$0.hasPrefix(" ") && !$0.hasPrefix("note:") }
      .map { $0.prefix { $0 != " " } }
    #expect(
      titles == ["network", "data", "training", "machine", "out", "curves", "tried:", "nothing", "next:"],
      "\(result.output)")
    for part in [
      "sample: ResNet18; s2 (B2–B8, B8A, B11, B12); 10 classes, multi-label from 10 %; 11,203,594 parameters",
      "16 training patches of 4 scenes, 4 validation patches of 1 scene (scenes held out); 32×32 pixels; flips off,",
      // The batch as it is set, and what it comes to.
      "sgd, learning rate 0.5, weight decay 1e-05, batch 25: 1 step an epoch, 1 epoch;",
      "sample.yaml with training.learning_rate=0.5, training.batch_size=25", "1 thread, ",
      "three checkpoints of ",
      "tried: a step of 16 patches, loss 0.", "nothing was written", "train --config ",
    ] {
      #expect(result.output.onOneLine.contains(part), "\(part): \(result.output)")
    }
    #expect(!result.output.contains("--dry-run"))
    #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.path).isEmpty)
  }

  @Test func quietSaysNothing() throws {
    let result = try BuiltProgram.run(sample.training(scratch.file("run"), ["--quiet"]))
    #expect(result.status == 0 && result.output.isEmpty && result.errors.isEmpty)
  }

  @Test func aUsedFolderIsRefusedAndReplacedOnlyByARunThatStarts() throws {
    let out = scratch.file("run")
    let run = try sample.train(out)
    let config = try run.text("config.yaml")
    let refused = try refusal(sample.training(out))
    #expect(refused.status == 64 && refused.lines.count == 1)
    #expect(
      refused.lines[0].contains("already holds a run; continue it with --resume, replace it with --overwrite")
    )

    let mistake = ["train", "--config", sample.configuration, "--data", "/absent", "--labels", "/absent"]
    #expect(try refusal(mistake + ["--out", out.path, "--overwrite"]).status == 2)
    #expect(try run.checkpoint("best").contents.progress.epoch == 1 && run.text("config.yaml") == config)

    try sample.train(out, set: ["name=other"], ["--overwrite"])
    #expect(try run.summary.name.string == "other")
    #expect(!exists(run.path("previous")))
    // The lines of the run before are gone, those of this one are all there.
    let log = try run.text("train.log").split(separator: "\n")
    for part in [" info network: other: ", " info out: ", " info starting other: "] {
      #expect(log.count { $0.contains(part) } == 1, "\(part) in \(log)")
    }
    #expect(!log.contains { $0.contains(" sample: ") })
  }

  /// A file that is called as one of a run's stands in the way; others lie beside the run.
  @Test func otherFilesAreLeftAlone() throws {
    let config = scratch.file("config.yaml")
    try "mine".write(to: config, atomically: true, encoding: .utf8)
    try "mine".write(to: scratch.file("thesis.txt"), atomically: true, encoding: .utf8)
    for flags in [[], ["--overwrite"]] {
      let refused = try refusal(sample.training(scratch.url, flags))
      #expect(refused.status == 64 && refused.lines.count == 1)
      #expect(
        refused.lines[0].hasSuffix(
          "no run has been there, but it holds files with the names of a run's: config.yaml; choose another folder, or "
            + "move them away"))
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.path).count == 2)
    try FileManager.default.removeItem(at: config)
    for flags in [[], ["--overwrite"]] {
      let run = try sample.train(scratch.url, set: ["training.momentum=0"], flags)
      #expect(try run.text("thesis.txt") == "mine")
    }
  }

  @Test func aFolderInUseIsRefusedWithTheProcess() throws {
    let out = scratch.file("run")
    let process = try BuiltProgram.start(
      sample.training(out, ["--epochs", "100000"]), output: scratch.file("out"), errors: scratch.file("err"))
    defer {
      kill(process.processIdentifier, SIGKILL)
      process.waitUntilExit()
    }
    try waitUntil { exists(out.appending(path: "config.yaml").path) }
    for flags in [[], ["--resume"], ["--overwrite"]] {
      let refused = try refusal(sample.training(out, flags))
      #expect(refused.status == 1 && refused.lines.count == 1)
      #expect(
        refused.lines[0].contains("is in use by process \(process.processIdentifier) on "), "\(refused.lines)"
      )
    }
    #expect(process.isRunning && exists(out.appending(path: "config.yaml").path))
  }

  /// A pipe that nobody reads any more must not end a run.
  @Test func aClosedPipeDoesNotStopARun() throws {
    let process = Process()
    process.executableURL = URL(filePath: "/bin/sh")
    let arguments = ([BuiltProgram.url.path] + sample.training(scratch.file("run"), ["--epochs", "2"]))
      .map { "'\($0)'" }.joined(separator: " ")
    process.arguments = ["-c", "{ \(arguments); echo $? >'\(scratch.file("status").path)'; } 2>&1 | true"]
    try process.run()
    process.waitUntilExit()
    #expect(try String(contentsOf: scratch.file("status"), encoding: .utf8) == "0\n")
  }
}

extension String {
  /// Without the line ends and indentations that text gets to fit a width.
  var onOneLine: String { split { $0 == "\n" || $0 == " " }.joined(separator: " ") }
}

/// Waits for something that another process does. On a busy machine that may take a minute; five are for ever.
func waitUntil(_ condition: () throws -> Bool) throws {
  for _ in 0..<300_000 {
    if try condition() { return }
    Thread.sleep(forTimeInterval: 0.001)
  }
  throw WaitedTooLong()
}

struct WaitedTooLong: Error {}
