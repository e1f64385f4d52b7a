import Foundation
import TestSupport
import Testing

/// Job scripts without Slurm: commands of its names stand in for it.
@Suite(.besideOthers, .sampleData) struct JobScriptStatusTests {
  private let sample = SampleData.current!
  private let scratch: ScratchFolder

  init() throws {
    scratch = try ScratchFolder()
    let bin = scratch.file("bin")
    try FileManager.default.createDirectory(at: bin, withIntermediateDirectories: true)
    let commands = [
      // Starts one process, whatever is asked for.
      "srun": "while [ \"${1#--}\" != \"$1\" ]; do shift; done; exec \"$@\"",
      // The script is ended once it is back in the queue.
      "scontrol":
        "[ \"$1\" = requeue ] || exit 1; echo \"$*\" >>'\(scratch.file("scontrol.log").path)'; kill -KILL $PPID",
    ]
    for (name, text) in commands {
      let file = bin.appending(path: name)
      try "#!/bin/bash\n\(text)\n".write(to: file, atomically: true, encoding: .utf8)
      try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: file.path)
    }
  }

  private var requests: String {
    (try? String(contentsOf: scratch.file("scontrol.log"), encoding: .utf8)) ?? ""
  }

  /// Runs the script of a training as Slurm would.
  /// - Parameter limit: a command of the shell before it.
  private func job(limit: String) throws -> BuiltProgram.Result {
    let script = scratch.file("job.sh")
    try TrainedRun.succeed(
      [
        "slurm", "--config", sample.configuration, "--out", scratch.file("run").path, "--time", "30",
        "--size", "32",
      ]
        + ["--cpus-per-task", "1"] + sample.places
    ).write(to: script, atomically: true, encoding: .utf8)
    return try ShellRun.run(
      "\(limit); export PATH='\(scratch.file("bin").path)':$PATH; exec bash '\(script.path)'",
      environment: [
        "SLURM_JOB_ID": "7", "SLURM_JOB_NUM_NODES": "1", "SLURM_JOB_NODELIST": "here", "SLURM_NTASKS": "1",
        "SLURM_CPUS_PER_TASK": "1",
      ])
  }

  /// The next start would meet the same limit.
  @Test func aFileThatMayNotGrowIsNoReasonToComeBack() throws {
    let run = try job(limit: "ulimit -f 2000")
    #expect(run.status == 1, "\(run.errors)")
    #expect(run.errors.contains("ulimit -f") && run.errors.contains("failed (status 1), and would again"))
    #expect(requests.isEmpty, "\(requests)")
  }

  @Test func aJobThatIsDoneStaysAway() throws {
    let run = try job(limit: "true")
    #expect(run.status == 0 && requests.isEmpty, "\(run.errors)")
  }

  /// The limit of processor time sends SIGXCPU; what was done is kept, and the job goes on.
  @Test func processorTimeIsAReasonToComeBack() throws {
    let run = try job(
      limit:
        "sed -i 's/^flags=.*/flags=(--epochs 1000000 --quiet)/' '\(scratch.url.path)/job.sh'; ulimit -S -t 4")
    #expect(run.errors.contains("stopped with everything saved; back into the queue"), "\(run.errors)")
    #expect(requests == "requeue 7\n")
  }
}
