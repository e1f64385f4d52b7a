import Checkpoints
import Foundation
import TestSupport
import Testing

/// Runs that are told to stop and cannot soon: in the middle of a step of many seconds. They say so at once.
@Suite(.besideOthers) struct LeaveAtOnceTests {
  private let scratch: ScratchFolder
  private let arguments: [String]

  /// Large patches for the slowest kernels, after one epoch with fast ones.
  init() throws {
    scratch = try ScratchFolder()
    let data = scratch.file("data").path
    try TrainedRun.succeed(
      "synth", "--out", data, "--size", "128", "--scenes", "6", "--patches-per-scene", "4", "--quiet")
    let settings = [
      "model.architecture=resnet18", "model.fusion=none", "model.sensors=[s2]", "training.batch_size=16",
      "training.optimizer=sgd", "training.momentum=0", "data.workers=1", "data.prefetch=1",
    ]
    let configuration = TrainedRun.repository.appending(path: "configs/demo/early.yaml").path
    arguments =
      ["train", "--config", configuration, "--data", data, "--labels", "\(data)/labels_splits", "--out"]
      + [scratch.file("run").path, "--threads", "1"] + settings.flatMap { ["--set", $0] }
    try TrainedRun.succeed(arguments + ["--epochs", "1", "--quiet"])
  }

  private var log: String {
    (try? String(contentsOf: scratch.file("run/train.log"), encoding: .utf8)) ?? ""
  }

  private func slowRun(_ more: [String] = []) throws -> Process {
    let process = try BuiltProgram.start(
      arguments + ["--resume", "--epochs", "2", "--kernels", "reference"] + more, output: scratch.file("out"),
      errors: scratch.file("err"))
    try waitUntil { log.contains("resuming after epoch 1 ") || !process.isRunning }
    try waitUntilItComputes(process)
    return process
  }

  /// Reading the patches takes far less of the processor than the step.
  private func waitUntilItComputes(_ process: Process) throws {
    func seconds() -> Double {
      let path = "/proc/\(process.processIdentifier)/stat"
      let fields = (try? String(contentsOfFile: path, encoding: .utf8))?.split(separator: " ") ?? []
      return fields.count > 14 ? (Double(fields[13]) ?? 0) / Double(sysconf(Int32(_SC_CLK_TCK))) : 0
    }
    let before = seconds()
    try waitUntil { seconds() >= before + 0.6 || !process.isRunning }
  }

  private var errors: String { (try? String(contentsOf: scratch.file("err"), encoding: .utf8)) ?? "" }

  /// Sends a signal and waits for the line that says what it does.
  private func send(_ signal: Int32, to process: Process, until answer: Regex<Substring>) throws {
    kill(process.processIdentifier, signal)
    try waitUntil { errors.contains(answer) || !process.isRunning }
    #expect(process.isRunning && errors.contains(answer), "\(errors)")
  }

  private func expectLeft(_ process: Process, _ signal: Int32, _ cause: String) throws {
    process.waitUntilExit()
    #expect(process.terminationReason == .exit && process.terminationStatus == 128 + signal, "\(errors)")
    let last = try #require(errors.split(separator: "\n").last)
    #expect(last.hasPrefix("fusionctl: \(cause): left at once; "), "\(errors)")
    #expect(
      last.contains(#/left at once; [0-9]+ s of work since the last checkpoint is lost; go on with: /#),
      "\(errors)")
    // What config.yaml keeps is not said again.
    #expect(
      last.contains(" train --resume --data ")
        && last.hasSuffix(" --out \(scratch.file("run").path) --kernels reference"),
      "\(errors)")
    let newest = try #require(
      try CheckpointStore(runFolder: scratch.file("run").path).openNewest())
    #expect(newest.warning == nil && newest.file.contents.progress.epoch == 1)
  }

  @Test(arguments: [(SIGTERM, "SIGTERM"), (SIGINT, "SIGINT")])
  func aSecondSignal(signal: Int32, name: String) throws {
    let process = try slowRun()
    // Not SIGUSR1: batch systems send it as a warning, and SIGTERM when the time has come.
    try send(SIGUSR1, to: process, until: /SIGUSR1: stopping after this step, then saving\.\n/)
    let again = signal == SIGINT ? "Ctrl-C" : name
    try send(
      signal, to: process,
      until: Regex(
        "\(again) again leaves at once and loses [0-9]+ s of work since the last checkpoint\\.\n",
        as: Substring.self))
    Thread.sleep(forTimeInterval: 0.6)
    #expect(process.isRunning)
    kill(process.processIdentifier, SIGUSR1)
    kill(process.processIdentifier, signal)
    try expectLeft(process, signal, "\(name) came again")
  }

  /// There is nothing that a second Ctrl-C would keep, and nobody is told otherwise.
  @Test func withoutACheckpoint() throws {
    let process = try BuiltProgram.start(
      arguments.map { $0 == scratch.file("run").path ? scratch.file("new run").path : $0 }
        + ["--kernels", "reference", "--quiet"], output: scratch.file("out"), errors: scratch.file("err"))
    let log = scratch.file("new run/train.log")
    try waitUntil {
      (try? String(contentsOf: log, encoding: .utf8))?.contains(" starting ") ?? false || !process.isRunning
    }
    try waitUntilItComputes(process)
    try send(
      SIGINT, to: process,
      until:
        /^stopping after this step, then saving; Ctrl-C again leaves at once; there is no checkpoint yet: nothing would be kept\.\n$/
    )
    Thread.sleep(forTimeInterval: 0.6)
    kill(process.processIdentifier, SIGINT)
    process.waitUntilExit()
    #expect(process.terminationStatus == 130 && !errors.contains("intact"), "\(errors)")
    let last = try #require(errors.split(separator: "\n").last)
    #expect(
      last.hasPrefix(
        "fusionctl: SIGINT came again: left at once; there is no checkpoint yet: nothing is kept; "))
    #expect(last.contains(" train --resume "), "\(errors)")
    #expect(
      last.contains(" --out '\(scratch.file("new run").path)' --kernels reference --quiet"), "\(errors)")
  }

  @Test func theTimer() throws {
    let process = try slowRun(["--set", "cluster.stop_timeout=1"])
    kill(process.processIdentifier, SIGUSR1)
    try expectLeft(process, SIGALRM, "the time to stop is over")
  }
}
