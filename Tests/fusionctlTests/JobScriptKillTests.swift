import Foundation
import TestSupport
import Testing

/// A job that is killed before its first checkpoint, with the job script as it is shipped and stand-ins for Slurm.
@Suite(.besideOthers, .sampleData) struct JobScriptKillTests {
  let sample = SampleData.current!
  let scratch: ScratchFolder

  init() throws { scratch = try ScratchFolder() }

  private var out: URL { scratch.file("run") }

  /// Commands that the script finds before those of the system.
  private func standIn(_ name: String, _ script: String) throws {
    let file = scratch.file("bin/\(name)")
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try "#!/bin/bash\n\(script)\n".write(to: file, atomically: true, encoding: .utf8)
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: file.path)
  }

  private func runJob(restart: Int) throws -> (status: Int32, log: String) {
    let log = scratch.file("log-\(restart)")
    _ = FileManager.default.createFile(atPath: log.path, contents: nil)
    let process = Process()
    process.executableURL = URL(filePath: "/bin/bash")
    process.arguments = [scratch.file("job.sbatch").path]
    process.environment = ProcessInfo.processInfo.environment.merging([
      "PATH": "\(scratch.file("bin").path):/usr/bin:/bin", "SLURM_JOB_ID": "7", "SLURM_JOB_NUM_NODES": "1",
      "SLURM_JOB_NODELIST": "here", "SLURM_RESTART_COUNT": "\(restart)",
      "SLURM_SUBMIT_DIR": TrainedRun.repository.path,
    ]) { $1 }
    let output = try FileHandle(forWritingTo: log)
    (process.standardOutput, process.standardError) = (output, output)
    try process.run()
    process.waitUntilExit()
    return (process.terminationStatus, try String(contentsOf: log, encoding: .utf8))
  }

  @Test func aRunThatWasOnlyBegunBeginsAnew() throws {
    let settings = ["training.momentum=0", "training.epochs=2"]
    let script = try SlurmTrial.script("train_cpu.sbatch").with("config", sample.configuration)
      .with("data", sample.data.path).with("labels", sample.labels.path).with("out", out.path)
      .with("program", BuiltProgram.url.path)
      .with("flags", "(\(settings.map { "--set \($0)" }.joined(separator: " ")))")
    try script.write(to: scratch.file("job.sbatch"), atomically: true, encoding: .utf8)
    try standIn("scontrol", "echo \"scontrol $*\" >>'\(scratch.file("scontrol").path)'")
    try standIn("sleep", "exit 0")
    // The kernels are so slow the first time that the kill comes before the first checkpoint.
    try standIn(
      "srun",
      """
      while [[ $1 == --* ]]; do shift; done
      [ "$SLURM_RESTART_COUNT" = 0 ] || exec "$@"
      "$@" --kernels reference &
      until [ -e '\(out.path)/summary.json' ]; do /bin/sleep 0.01; done
      kill -9 $!
      wait $!
      """)

    let first = try runJob(restart: 0)
    #expect(first.status == 137, "\(first.log)")
    #expect(first.log.contains("killed by signal 9; back into the queue, restart 1 of at most 20"))
    #expect(try String(contentsOf: scratch.file("scontrol"), encoding: .utf8).contains("scontrol requeue 7"))
    let files = try FileManager.default.subpathsOfDirectory(atPath: out.path)
    try #require(
      files.contains("config.yaml") && !files.contains { $0.hasSuffix(".h5") },
      "it was killed between its start and its first checkpoint: \(files)")

    let second = try runJob(restart: 1)
    #expect(second.status == 0 && second.log.contains("trained: \(out.path)"), "\(second.log)")
    let run = RunFiles(out)
    #expect(
      try run.text("train.log").split(separator: "\n").filter { $0.contains(" info starting ") }.count == 2)
    let straight = try sample.train(scratch.file("straight"), set: settings)
    #expect(try run.metricsWithoutTimes == straight.metricsWithoutTimes)
    for name in ["last", "best"] {
      #expect(try differences(run.checkpoint(name), straight.checkpoint(name)) == [])
    }

    // Once there are results, the job is refused when its checkpoints are gone, and does not come back.
    try FileManager.default.removeItem(at: out.appending(path: "checkpoints"))
    let metrics = try run.text("metrics.csv")
    let third = try runJob(restart: 2)
    #expect(third.status == 2 && third.log.contains("but the run has results"), "\(third.log)")
    #expect(third.log.contains("failed (status 2), and would again"))
    #expect(try run.text("metrics.csv") == metrics)
  }
}
