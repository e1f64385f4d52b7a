import Foundation
import TestSupport
import Testing

/// What goes wrong on clusters, on a real Slurm.
extension SlurmTests {
  /// A node is switched off; the job comes back by itself and does every epoch once.
  /// - Parameter last: whether it is the last node of the job, or the first, on which the script runs.
  @Test(arguments: [(2, "srun", true), (2, "mpirun", true), (1, "srun", false)])
  func aLostNode(nodes: Int, launcher: String, last: Bool) async throws {
    try await slurm.scenario {
      let trial = try SlurmTrial(
        "run", .init(nodes: nodes, launcher: launcher, partition: "batch", flags: ["--exclusive"]),
        in: scratch)
      try await trial.reaches(epoch: 2)
      let names = try trial.job.nodes
      try slurm.switchOff(try #require(last ? names.last : names.first))
      let details = try await trial.job.end()
      #expect(details["Restarts"] == "1", "\(trial.job.text)")
      try trial.expectFinished()
      #expect(trial.job.text.contains("\nresuming "))
    }
  }

  /// One of two ranks is gone or stands still: all are gone within a minute, and the log says why.
  @Test(arguments: [
    (SIGKILL, "srun", "task 1: Killed"), (SIGKILL, "mpirun", "on signal 9"), (SIGSTOP, "srun", "rank 1"),
    (SIGSTOP, "mpirun", "rank 1"),
  ])
  func aLostRank(signal: Int32, launcher: String, cause: String) async throws {
    try await slurm.scenario {
      let trial = try SlurmTrial(
        "run",
        .init(
          ranksPerNode: 2, launcher: launcher, epochs: 1000, settings: ["cluster.rank_timeout=10"],
          maxRestarts: 0), in: scratch)
      try await trial.reaches(epoch: 2)
      kill(try trial.process(ofRank: 1), signal)
      let details = try await trial.job.end(within: 60)
      #expect(details["JobState"] == "FAILED" && details["ExitCode"] != "0:0", "\(trial.job.text)")
      #expect(trial.job.text.contains(cause), "\(trial.job.text)")
      #expect(trial.job.text.contains("not put back: it has come back 0 times"), "\(trial.job.text)")
      #expect(trial.processes == [])
    }
  }

  /// A patch that cannot be read fails the rank that reads it, and with it the job, which does not come back.
  @Test(arguments: ["srun", "mpirun"]) func anErrorOfOneRank(launcher: String) async throws {
    try await slurm.scenario {
      // A copy of the data, so that other tests keep theirs.
      let data = scratch.file("data")
      try FileManager.default.copyItem(at: sample.data, to: data)
      let trial = try SlurmTrial(
        "run", .init(ranksPerNode: 2, launcher: launcher, epochs: 1000), data: data, in: scratch)
      try await trial.reaches(epoch: 2)
      let files = FileManager.default.enumerator(at: data, includingPropertiesForKeys: nil)
      let patches = (files?.allObjects as? [URL] ?? []).filter {
        $0.lastPathComponent.contains("_s2_") && $0.pathExtension == "tif"
      }
      for patch in patches { try Data("no image".utf8).write(to: patch) }
      let details = try await trial.job.end(within: 60)
      #expect(details["JobState"] == "FAILED" && details["ExitCode"] == "2:0", "\(trial.job.text)")
      #expect(details["Restarts"] == "0")
      #expect(trial.job.text.contains("rank ") && trial.job.text.contains("_s2_"), "\(trial.job.text)")
      #expect(trial.job.text.contains("failed (status 2), and would again"), "\(trial.job.text)")
      #expect(trial.processes == [])
    }
  }

  /// The program leaves before the end of the job's time, without a signal, and goes on in the next.
  @Test func theEndOfTheTime() async throws {
    try await slurm.scenario {
      let trial = try SlurmTrial(
        "run",
        .init(
          epochs: 100_000, settings: ["cluster.end_margin=90"], flags: ["--time=2", "--signal=B:CONT@1"]),
        in: scratch)
      try await trial.job.says("\nresuming ")
      try slurm.succeed(["scancel", trial.job.id])
      let details = try await trial.job.end()
      #expect(details["Restarts"] != "0", "\(trial.job.text)")
      #expect(trial.job.text.contains("stopped by the end of the job"), "\(trial.job.text)")
      #expect(!trial.job.text.contains("TIME LIMIT"), "\(trial.job.text)")
    }
  }

  /// The signal may come before there is a program to hand it on to.
  @Test func aSignalBeforeTheStart() async throws {
    try await slurm.scenario {
      let signalled = scratch.file("signalled")
      let script = try SlurmTrial.script("train_cpu.sbatch")
        .replacing(
          "modules() { :; }",
          with: "modules() { echo loading; until [ -e '\(signalled.path)' ]; do sleep 0.1; done; sleep 2; }")
      let trial = try SlurmTrial(script: script, "run", epochs: 2, [], in: scratch)
      try await trial.job.says("loading")
      try trial.job.signalScript("USR1")
      try Data().write(to: signalled)
      #expect(try await trial.job.end()["Restarts"] == "1", "\(trial.job.text)")
      #expect(
        trial.job.text.contains("asked to stop before fusionctl train was started; back into the queue"))
      try trial.expectFinished(epochs: 2)
    }
  }

  /// Who cancels a job does not want it back; what it did is kept.
  @Test func aCancelledJobStaysAway() async throws {
    try await slurm.scenario {
      let trial = try SlurmTrial("run", .init(epochs: 1000), in: scratch)
      try await trial.reaches(epoch: 2)
      try slurm.succeed(["scancel", trial.job.id])
      let details = try await trial.job.end()
      #expect(details["JobState"] == "CANCELLED" && details["Restarts"] == "0")
      try await trial.job.says("Slurm has ended the job")
      #expect(try trial.run.checkpoint("last").contents.progress.epoch >= 2)
      #expect(trial.processes == [])
    }
  }

  /// Requeued from outside, as a preemption does.
  @Test func aPreemptedJobGoesOn() async throws {
    try await slurm.scenario {
      let trial = try SlurmTrial("run", in: scratch)
      try await trial.reaches(epoch: 2)
      try slurm.succeed(["scontrol", "requeue", trial.job.id])
      #expect(try await trial.job.end()["Restarts"] == "1", "\(trial.job.text)")
      try trial.expectFinished()
      #expect(trial.job.text.contains("\nresuming "))
    }
  }

  /// The bound holds, and is said.
  @Test func tooManyRestarts() async throws {
    try await slurm.scenario {
      let trial = try SlurmTrial("run", .init(epochs: 1000, maxRestarts: 1), in: scratch)
      for epoch in [2, 4] {
        try await trial.reaches(epoch: epoch)
        try trial.job.signalScript("USR1")
        try await trial.job.says(epoch == 2 ? "restart 1 of at most 1" : "not put back")
      }
      let details = try await trial.job.end()
      #expect(details["JobState"] == "FAILED" && details["ExitCode"] == "75:0" && details["Restarts"] == "1")
    }
  }

  /// What is missing is said in one line at once, and the job does not come back.
  @Test(arguments: [
    (
      "data", "/absent",
      "data: '/absent' is not there or cannot be read; change 'data' on top of the job script"
    ),
    (
      "labels", "/absent",
      "labels: '/absent' is not there or cannot be read; change 'labels' on top of the job script"
    ),
    ("program", "/absent", "program: '/absent' is not there; build it (swift build -c release --product "),
    ("launcher", "mpiexec", "launcher: expected srun or mpirun, found 'mpiexec'; change it on top"),
    ("repository", "/absent", "repository: '/absent/scripts/slurm/job.sh' is not there; submit from the top"),
    ("modules", "false", "modules: what the program needs cannot be loaded; change 'modules'"),
  ])
  func refusals(variable: String, value: String, message: String) async throws {
    try await slurm.scenario {
      var script = try SlurmTrial.script("train_cpu.sbatch").with("config", sample.configuration)
        .with("data", sample.data.path).with("labels", sample.labels.path)
        .with("out", scratch.file("run").path).with("program", BuiltProgram.url.path)
      script =
        variable == "modules"
        ? script.replacing("{ :; }", with: "{ \(value); }") : script.with(variable, value)
      let job = try SlurmJob(script, SlurmTrial.small, in: scratch.url)
      let details = try await job.end()
      #expect(details["JobState"] == "FAILED" && details["ExitCode"] == "64:0" && details["Restarts"] == "0")
      #expect(job.text.split(separator: "\n").count == 1 && job.text.contains(message), "\(job.text)")
    }
  }
}
