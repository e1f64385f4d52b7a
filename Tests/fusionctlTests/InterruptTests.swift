import Checkpoints
import Foundation
import TestSupport
import Testing

/// Runs that are told to stop, and go on as if nothing had been.
@Suite(.besideOthers, .sampleData) struct InterruptTests {
  let sample = SampleData.current!
  let scratch: ScratchFolder

  init() throws { scratch = try ScratchFolder() }

  private var out: URL { scratch.file("run") }
  private var errors: String { (try? String(contentsOf: scratch.file("err"), encoding: .utf8)) ?? "" }

  /// Starts a run and waits until it has looked at its data and is about to take its first step.
  private func start(_ arguments: [String]) throws -> Process {
    let before = starts
    let process = try BuiltProgram.start(arguments, output: scratch.file("out"), errors: scratch.file("err"))
    try waitUntil { starts > before || !process.isRunning }
    return process
  }

  /// How often the run was begun or resumed, as its log says.
  private var starts: Int {
    let log = (try? String(contentsOf: out.appending(path: "train.log"), encoding: .utf8)) ?? ""
    return log.split(separator: "\n").count {
      $0.contains(" info starting ") || $0.contains(" info resuming ")
    }
  }

  private func exported(_ checkpoint: String, _ name: String) throws -> Data {
    let file = scratch.file("\(name).safetensors")
    try TrainedRun.succeed("export", "--checkpoint", checkpoint, "--out", file.path)
    return try Data(contentsOf: file)
  }

  /// Everything but times is as in a run without interruptions.
  private func expectEqual(_ run: RunFiles, _ straight: RunFiles) throws {
    for name in ["last", "best"] {
      #expect(try differences(run.checkpoint(name), straight.checkpoint(name)) == [])
      #expect(try exported(run.path(name), "a-\(name)") == exported(straight.path(name), "b-\(name)"))
    }
    #expect(try run.metricsWithoutTimes == straight.metricsWithoutTimes)
    let (one, other) = (try run.summary, try straight.summary)
    #expect(
      one.best.epoch.int == other.best.epoch.int && one.best.train_loss.double == other.best.train_loss.double
    )
    #expect(
      one.best.train.values.dictionary.mapValues(\.double)
        == other.best.train.values.dictionary.mapValues(\.double))
    #expect(try run.text("config.yaml") == straight.text("config.yaml"))
  }

  @Test func fiveInterruptionsLeaveNoTrace() throws {
    let settings = [
      "training.optimizer=adam", "training.learning_rate=0.001", "training.batch_size=2",
      "data.flips=true", "model.dropout=0.2",
    ]
    let straight = try sample.train(scratch.file("straight"), set: settings, ["--epochs", "4"])
    let seconds = try #require(straight.summary.seconds.double)
    var signals = [SIGINT, SIGTERM, SIGUSR1, SIGTERM, SIGINT]
    signals.shuffle()
    var steps = [0]
    for signal in signals {
      let process = try start(sample.training(out, set: settings, ["--epochs", "4", "--resume"]))
      // Five times this is less than the run takes.
      Thread.sleep(forTimeInterval: Double.random(in: 0...seconds / 8))
      kill(process.processIdentifier, signal)
      process.waitUntilExit()
      #expect(process.terminationStatus == 75, "\(errors)")
      let name = try #require([SIGINT: "SIGINT", SIGTERM: "SIGTERM", SIGUSR1: "SIGUSR1"][signal])
      #expect(errors.contains("stopped by \(name) in epoch "), "\(errors)")
      steps.append(try RunFiles(out).checkpoint("last").contents.progress.globalStep)
    }
    // A start gets on by a step at least, unless the epoch's steps are done: a validation begins anew each time.
    let epochs = Double(try straight.checkpoint("last").contents.progress.globalStep) / 4
    let getsOn = zip(steps, steps.dropFirst()).allSatisfy { before, after in
      after > before || after == before && Double(after).remainder(dividingBy: epochs) == 0
    }
    #expect(getsOn, "\(steps)")
    try sample.train(out, set: settings, ["--epochs", "4", "--resume"])
    try expectEqual(RunFiles(out), straight)
  }

  @Test(arguments: [
    ["model.fusion=late", "model.sensors=[s2,s1]"],
    ["model.fusion=middle", "model.sensors=[s2,s1]", "data.normalisation=computed"],
  ])
  func fusedNetworksToo(settings: [String]) throws {
    let straight = try sample.train(scratch.file("straight"), set: settings, ["--epochs", "2"])
    let process = try start(sample.training(out, set: settings, ["--epochs", "2"]))
    kill(process.processIdentifier, SIGTERM)
    process.waitUntilExit()
    #expect(process.terminationStatus == 75)
    #expect(try RunFiles(out).summary.finished.bool == false)
    try sample.train(out, set: settings, ["--epochs", "2", "--resume"])
    try expectEqual(RunFiles(out), straight)
  }

  /// One step and a long validation, so that a signal after the step meets the validation.
  @Test func aValidationIsStoppedAndMadeAgain() throws {
    let patches = try sample.patches()
    let labels = try sample.labelFolder(
      in: scratch, ["train": Array(patches.prefix(2)), "val": Array(patches.dropFirst(2))])
    let arguments = [
      "train", "--config", sample.configuration, "--data", sample.data.path, "--labels", labels.path,
      "--epochs", "2", "--set", "data.validation=list", "--set", "training.batch_size=2", "--set",
      "evaluation.batch_size=1",
    ]
    try TrainedRun.succeed(arguments + ["--quiet", "--out", scratch.file("straight").path])
    for again in 0..<2 {
      let process = try start(arguments + ["--out", out.path, "--resume"])
      kill(process.processIdentifier, SIGTERM)
      process.waitUntilExit()
      #expect(process.terminationStatus == 75)
      // Each start gets as far as its first batch; the second time that is one of the validation.
      let progress = try RunFiles(out).checkpoint("last").contents.progress
      #expect(
        progress.epoch == 0 && progress.stepInEpoch == 1 && progress.position == 2, "start \(again + 1)")
    }
    try TrainedRun.succeed(arguments + ["--quiet", "--out", out.path, "--resume"])
    try expectEqual(RunFiles(out), RunFiles(scratch.file("straight")))
  }

  /// A signal that comes while a checkpoint is written waits for it and for one more.
  @Test func aSignalInTheMiddleOfAWrite() throws {
    let settings = ["training.momentum=0"]
    let often = settings + ["training.checkpoint_every_minutes=0.000001"]
    let checkpoints = out.appending(path: "checkpoints").path
    for _ in 0..<4 {
      let process = try start(sample.training(out, set: often, ["--epochs", "1000000", "--resume"]))
      try waitUntil {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: checkpoints)) ?? []
        return names.contains { $0.hasPrefix(".last.h5.") } || !process.isRunning
      }
      kill(process.processIdentifier, SIGTERM)
      process.waitUntilExit()
      #expect(process.terminationReason == .exit && process.terminationStatus == 75, "\(errors)")
      #expect(try CheckpointStore(runFolder: out.path).openNewest()?.warning == nil)
      #expect(try !RunFiles(out).names.contains { $0.hasSuffix(".tmp") })
    }
    let run = RunFiles(out)
    let epochs = ["--epochs", "\(try run.checkpoint("last").contents.progress.epoch + 1)"]
    try sample.train(out, set: settings, epochs + ["--resume"])
    let straight = try sample.train(scratch.file("straight"), set: settings, epochs)
    #expect(try differences(run.checkpoint("last"), straight.checkpoint("last")) == [])
    #expect(try run.metricsWithoutTimes == straight.metricsWithoutTimes)
  }

  /// Shells, launchers and Slurm may each send the same wish on, and again when the run is about to leave.
  @Test func signalsOfOneWishAndOnTheWayOutDoNoHarm() throws {
    let process = try start(sample.training(out, ["--epochs", "1000000"]))
    for _ in 0..<3 { kill(process.processIdentifier, SIGTERM) }
    let log = out.appending(path: "train.log")
    try waitUntil {
      let text = (try? String(contentsOf: log, encoding: .utf8)) ?? ""
      return text.contains("everything is saved") || !process.isRunning
    }
    while process.isRunning { kill(process.processIdentifier, SIGTERM) }
    #expect(process.terminationReason == .exit && process.terminationStatus == 75, "\(errors)")
    #expect(try CheckpointStore(runFolder: out.path).openNewest()?.warning == nil)
  }
}
