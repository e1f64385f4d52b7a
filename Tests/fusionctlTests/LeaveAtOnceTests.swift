import Checkpoints
import Foundation
import TestSupport
import Testing

/// Runs that are told to stop and cannot soon: in the middle of a step of many seconds.
@Suite struct LeaveAtOnceTests {
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
    return process
  }

  private func expectLeft(_ process: Process, _ signal: Int32, _ cause: String) throws {
    process.waitUntilExit()
    let errors = try String(contentsOf: scratch.file("err"), encoding: .utf8)
    #expect(process.terminationReason == .exit && process.terminationStatus == 128 + signal, "\(errors)")
    #expect(
      errors.hasSuffix("fusionctl: \(cause): left at once; the last checkpoint is intact\n"), "\(errors)")
    let newest = try #require(
      try CheckpointStore(runFolder: scratch.file("run").path).openNewest())
    #expect(newest.warning == nil && newest.file.contents.progress.epoch == 1)
  }

  @Test(arguments: [(SIGTERM, "SIGTERM"), (SIGINT, "SIGINT")])
  func aSecondSignal(signal: Int32, name: String) throws {
    let process = try slowRun()
    // Not SIGUSR1: batch systems send it as a warning, and SIGTERM when the time has come.
    kill(process.processIdentifier, SIGUSR1)
    kill(process.processIdentifier, signal)
    Thread.sleep(forTimeInterval: 0.6)
    #expect(process.isRunning)
    kill(process.processIdentifier, SIGUSR1)
    kill(process.processIdentifier, signal)
    try expectLeft(process, signal, "\(name) came again")
  }

  @Test func theTimer() throws {
    let process = try slowRun(["--set", "cluster.stop_timeout=1"])
    kill(process.processIdentifier, SIGUSR1)
    try expectLeft(process, SIGALRM, "the time to stop is over")
  }
}
