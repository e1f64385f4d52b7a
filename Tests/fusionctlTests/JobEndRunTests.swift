import Foundation
import TestSupport
import Testing

/// Runs in a batch job whose time runs out.
@Suite(.besideOthers, .sampleData) struct JobEndRunTests {
  private let sample = SampleData.current!
  private let scratch: ScratchFolder
  private let small = ["training.momentum=0"]

  init() throws { scratch = try ScratchFolder() }

  private var run: RunFiles { RunFiles(scratch.file("run")) }

  private func train(
    _ settings: [String] = [], epochs: Int, _ environment: [String: String]
  ) throws -> BuiltProgram.Result {
    try BuiltProgram.run(
      sample.training(run.url, set: small + settings, ["--epochs", "\(epochs)"]), environment: environment)
  }

  /// A folder with this shell script under the names of Slurm's commands, before all others.
  private func commands(_ script: [String: String]) throws -> String {
    let folder = scratch.file("bin")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    for name in ["scontrol", "squeue"] {
      let file = folder.appending(path: name)
      try "#!/bin/sh\n\(script[name] ?? "exit 1")\n".write(to: file, atomically: true, encoding: .utf8)
      try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: file.path)
    }
    return "\(folder.path):\(ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin")"
  }

  private func local(_ date: Date) -> String {
    let format = DateFormatter()
    format.locale = Locale(identifier: "en_US_POSIX")
    format.dateFormat = "yyyy-MM-dd'T'HH:mm:ss"
    return format.string(from: date)
  }

  private func expectLeft(_ result: BuiltProgram.Result) throws {
    #expect(result.status == 75, "\(result.errors)")
    let log = try run.text("train.log")
    for text in [result.errors, log] {
      #expect(text.contains("the job ends at ") && text.contains("; the run saves and leaves "), "\(text)")
      #expect(text.contains("stopped by the end of the job in epoch "), "\(text)")
    }
    let progress = try run.checkpoint("last").contents.progress
    #expect(progress.globalStep > 0)
    // What follows is as if there had been no end.
    let epochs = ["--epochs", "\(progress.epoch + 1)"]
    try sample.train(run.url, set: small, epochs + ["--resume"])
    let straight = try sample.train(scratch.file("straight"), set: small, epochs)
    #expect(try differences(run.checkpoint("last"), straight.checkpoint("last")) == [])
    #expect(try run.metricsWithoutTimes == straight.metricsWithoutTimes)
  }

  @Test func theEndIsInTheEnvironment() throws {
    let end = Date.now.addingTimeInterval(10)
    let result = try train(epochs: 1_000_000, ["SLURM_JOB_END_TIME": "\(Int(end.timeIntervalSince1970))"])
    #expect(Date.now < end, "it leaves before the end")
    try expectLeft(result)
  }

  @Test(arguments: ["scontrol", "squeue"]) func theEndIsAskedOfSlurm(command: String) throws {
    let end = local(Date.now.addingTimeInterval(5))
    let answer =
      command == "scontrol"
      ? "[ \"$*\" = 'show job 77' ] && echo 'JobId=77 TimeLimit=00:01:00' && echo '   EndTime=\(end) Deadline=N/A'"
      : "[ \"$*\" = '-h -j 77 -o %e' ] && echo '\(end)'"
    try expectLeft(
      train(epochs: 1_000_000, ["SLURM_JOB_ID": "77", "PATH": try commands([command: answer])]))
  }

  /// The margin is the key's, where the job is long enough for it.
  @Test func theMarginIsAKey() throws {
    let end = Int(Date.now.timeIntervalSince1970) + 1000
    let result = try train(
      ["cluster.end_margin=498"], epochs: 1, ["SLURM_JOB_END_TIME": "\(end)", "SLURM_JOB_ID": ""])
    #expect(result.status == 0)
    #expect(result.errors.contains("; the run saves and leaves 498 s before that"), "\(result.errors)")
  }

  /// The time limit was raised after the job had begun: Slurm is asked again, and believed.
  @Test func anEndThatIsPutOffIsNoticed() throws {
    let later = local(Date.now.addingTimeInterval(3600))
    let path = try commands(["scontrol": "echo EndTime=\(later)"])
    // The run may leave 20 s before this end. Until then it has time to begin and to ask, on a busy machine too.
    let end = Int(Date.now.timeIntervalSince1970) + 40
    let process = try BuiltProgram.start(
      sample.training(run.url, set: small, ["--epochs", "1000000"]),
      environment: ["SLURM_JOB_ID": "77", "SLURM_JOB_END_TIME": "\(end)", "PATH": path],
      output: scratch.file("out"), errors: scratch.file("err"))
    defer { process.terminate() }
    while process.isRunning, (try? run.text("train.log"))?.contains("the job now ends at ") != true {
      Thread.sleep(forTimeInterval: 0.1)
    }
    #expect(process.isRunning)
    kill(process.processIdentifier, SIGTERM)
    process.waitUntilExit()
    #expect(process.terminationStatus == 75)
    let log = try run.text("train.log")
    #expect(log.contains("the job ends at ") && log.contains("the job now ends at "), "\(log)")
    #expect(log.contains("stopped by SIGTERM in epoch "), "\(log)")
  }

  @Test(arguments: ["exit 1", "echo EndTime=Unknown", "echo nonsense", "exec sleep 20"])
  func withoutAnAnswerTheRunGoesOn(script: String) throws {
    let path = try commands(["scontrol": script])
    let result = try train(epochs: 1, ["SLURM_JOB_ID": "77", "PATH": path])
    #expect(result.status == 0 && !result.errors.contains("the job "), "\(result.errors)")
  }
}
