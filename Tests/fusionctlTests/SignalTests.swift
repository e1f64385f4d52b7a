import Foundation
import TestSupport
import Testing

/// Signals that batch systems, terminals and launchers send.
@Suite(.besideOthers, .sampleData) struct SignalTests {
  private let sample = SampleData.current!
  private let scratch: ScratchFolder

  init() throws { scratch = try ScratchFolder() }

  private var run: RunFiles { RunFiles(scratch.file("run")) }
  private var errors: String { (try? String(contentsOf: scratch.file("err"), encoding: .utf8)) ?? "" }
  private var log: String { (try? run.text("train.log")) ?? "" }

  private func start(_ arguments: [String], _ environment: [String: String] = [:]) throws -> Process {
    try BuiltProgram.start(
      arguments, environment: environment, output: scratch.file("out"), errors: scratch.file("err"))
  }

  @Test(arguments: [(SIGHUP, "SIGHUP"), (SIGUSR2, "SIGUSR2"), (SIGXCPU, "SIGXCPU")])
  func theyStopAndSave(signal: Int32, name: String) throws {
    let process = try start(
      sample.training(run.url, set: ["training.momentum=0"], ["--epochs", "1000000", "--quiet"]))
    try waitUntil { log.contains("epoch 1/") || !process.isRunning }
    kill(process.processIdentifier, signal)
    process.waitUntilExit()
    #expect(process.terminationReason == .exit && process.terminationStatus == 75, "\(errors)")
    #expect(log.contains("stopped by \(name) in epoch "), "\(log)")
    #expect(try run.checkpoint("last").contents.progress.globalStep > 0)
  }

  /// What a stopped run prints goes on with it, whatever is in the names; an evaluation is then at hand.
  @Test func whatIsPrintedGoesOn() throws {
    let out = scratch.file("it's a run")
    let process = try start(sample.training(out, set: ["training.momentum=0"], ["--epochs", "1000000"]))
    func log() -> String { (try? RunFiles(out).text("train.log")) ?? "" }
    try waitUntil { log().contains("epoch 1/") || !process.isRunning }
    kill(process.processIdentifier, SIGINT)
    process.waitUntilExit()
    #expect(process.terminationStatus == 75, "\(errors)")
    #expect(errors.contains(/\nstopping after this (step|batch)/), "\(errors)")
    let line = try #require(errors.split(separator: "\n").last { $0.hasPrefix("go on with: ") })
    let command = line.dropFirst("go on with: ".count)
    #expect(command.contains(" train --resume ") && !command.contains("--set"))
    let epochs = try RunFiles(out).checkpoint("last").contents.progress.epoch + 1
    let shell = Process()
    shell.executableURL = URL(filePath: "/bin/sh")
    let end = scratch.file("end")
    shell.arguments = ["-c", "\(command) --epochs \(epochs) 2> '\(end.path)'"]
    try shell.run()
    shell.waitUntilExit()
    let words = try String(contentsOf: end, encoding: .utf8)
    #expect(shell.terminationStatus == 0, "\(words)")
    #expect(
      words.contains("finished \(epochs) epoch") && words.contains("/checkpoints/best.h5\n"), "\(words)")
    #expect(words.contains(/\nnext: .*fusionctl test '.*it'\\''s a run'\n/), "\(words)")
  }

  /// As under nohup; what was not ignored still stops the run.
  @Test func whatWasIgnoredStaysIgnored() throws {
    let process = Process()
    process.executableURL = URL(filePath: "/bin/sh")
    let words = sample.training(run.url, set: ["training.momentum=0"], ["--epochs", "1000000", "--quiet"])
    process.arguments = ["-c", "trap '' HUP USR1; exec \"$@\"", "sh", BuiltProgram.url.path] + words
    try process.run()
    defer { process.terminate() }
    try waitUntil { log.contains("epoch 1/") || !process.isRunning }
    for signal in [SIGHUP, SIGUSR1] { kill(process.processIdentifier, signal) }
    let epochs = log.split(separator: "\n").count
    try waitUntil { log.split(separator: "\n").count > epochs + 3 || !process.isRunning }
    #expect(process.isRunning, "\(log)")
    kill(process.processIdentifier, SIGTERM)
    process.waitUntilExit()
    #expect(process.terminationStatus == 75 && log.contains("stopped by SIGTERM in epoch "), "\(log)")
  }

  /// A file server stands still while the labels are read: there is nothing to save, and nothing to wait for.
  @Test func beforeTheFirstStep() throws {
    let slow = try SlowFiles("_probability_labels.pkl", in: scratch)
    let begin = ContinuousClock.now
    let process = try start(sample.training(run.url), slow.environment)
    try waitUntil { FileManager.default.fileExists(atPath: run.url.path + "/.lock") || !process.isRunning }
    kill(process.processIdentifier, SIGTERM)
    process.waitUntilExit()
    #expect(process.terminationReason == .exit && process.terminationStatus == 75, "\(errors)")
    #expect(errors.contains("fusionctl: stopped before the first step by SIGTERM"), "\(errors)")
    #expect(log.contains("stopped before the first step by SIGTERM"), "\(log)")
    #expect(ContinuousClock.now - begin < .seconds(600), "it does not wait for the file")
    // The folder is still that of a new run.
    try sample.train(run.url)
  }

  @Test func aTestLeavesWithoutAResult() throws {
    try sample.train(run.url)
    let before = try run.text("summary.json")
    let slow = try SlowFiles("test_list.pkl", in: scratch)
    let process = try start(
      ["test", "--checkpoint", run.path("best"), "--predictions", scratch.file("p.csv").path] + sample.places,
      slow.environment)
    // A process that handles the signal has got as far as its own code.
    let caught = UInt64(1) << UInt64(SIGUSR1 - 1)
    try waitUntil {
      let path = "/proc/\(process.processIdentifier)/status"
      let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
      let mask = text.split(separator: "\n").first { $0.hasPrefix("SigCgt:") }?.split(separator: "\t").last
      return mask.flatMap { UInt64($0, radix: 16) }.map { $0 & caught != 0 } ?? false || !process.isRunning
    }
    kill(process.processIdentifier, SIGUSR1)
    process.waitUntilExit()
    #expect(process.terminationReason == .exit && process.terminationStatus == 75, "\(errors)")
    #expect(errors.contains("stopped by SIGUSR1 before there was a result; nothing was written"), "\(errors)")
    #expect(try run.text("summary.json") == before)
    #expect(!FileManager.default.fileExists(atPath: scratch.file("p.csv").path))
  }

  /// Only one rank is told to stop, and the other stands still: both leave.
  @Test(.enabled(if: RankLaunch.isPossible)) func aRankThatStandsStillHoldsNobodyUp() throws {
    let slow = try SlowFiles("_probability_labels.pkl", rank: 1, in: scratch)
    let library = slow.environment["LD_PRELOAD"]!
    let words =
      ["env", "LD_PRELOAD=\(library)", BuiltProgram.url.path] + sample.training(run.url, ["--oversubscribe"])
    // The first rank stops itself: a shell beside it sends the signal when the run has its folder.
    let script = """
      [ "$OMPI_COMM_WORLD_RANK" = 0 ] && { while [ ! -e '\(run.url.path)/.lock' ]; do sleep 0.1; done
      kill -USR2 $$; } & exec "$@"
      """
    let launch = try RankLaunch([(2, ["bash", "-c", script, "bash"] + words)])
    #expect(launch.status == 75, "\(launch.errors)")
    #expect(
      launch.complaints.first?.contains("stopped before the first step by SIGUSR2") == true,
      "\(launch.errors)")
    #expect(launch.left == [])
  }
}
