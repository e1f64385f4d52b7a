import Foundation
import TestSupport
import Testing

/// The job scripts on a real Slurm.
@Suite(.localSlurm, .sampleData, .stoppingLocalSlurm) struct SlurmTests {
  let slurm = LocalSlurm.shared!
  let sample = SampleData.current!
  let scratch: ScratchFolder

  init() throws { scratch = try ScratchFolder() }

  /// Requeued by a signal in the middle of an epoch, on one and on two nodes: the same bits as without.
  @Test(arguments: [(1, "srun"), (2, "srun"), (2, "mpirun")])
  func requeueBySignal(nodes: Int, launcher: String) async throws {
    try await slurm.scenario {
      let options = SlurmTrial.Options(nodes: nodes, launcher: launcher)
      let trial = try SlurmTrial("signalled", options, in: scratch)
      let straight = try SlurmTrial("straight", options, in: scratch)
      try await trial.reaches(epoch: 3)
      try trial.job.signalScript("USR1")
      #expect(try await trial.job.end()["Restarts"] == "1", "\(trial.job.text)")
      #expect(try await straight.job.end()["Restarts"] == "0", "\(straight.job.text)")
      try trial.expectFinished()
      try straight.expectFinished()
      #expect(trial.job.text.contains("stopped by SIGUSR1 in epoch "))
      #expect(trial.job.text.contains("back into the queue, restart 1 of at most 20"))
      for name in ["last", "best"] {
        #expect(try differences(trial.run.checkpoint(name), straight.run.checkpoint(name)) == [])
      }
      #expect(try trial.run.metricsWithoutTimes == straight.run.metricsWithoutTimes)
    }
  }

  /// The shipped scripts, with what a user changes in them: training, then the test.
  @Test func trainingAndTest() async throws {
    try await slurm.scenario {
      let trial = try SlurmTrial(
        script: SlurmTrial.script("train_cpu.sbatch"), "run", epochs: 2, [], in: scratch)
      try await trial.job.end()
      try trial.expectFinished(epochs: 2)
      let script = try SlurmTrial.script("test.sbatch").with("program", BuiltProgram.url.path)
        .with("data", sample.data.path).with("labels", sample.labels.path).with("out", trial.out.path)
        .with("flags", "(--json --quiet)")
      let test = try SlurmJob(script, SlurmTrial.small + ["--nodes=2"], in: scratch.url)
      #expect(try await test.end()["JobState"] == "COMPLETED", "\(test.text)")
      let alone = try TrainedRun.succeed(
        ["test", "--checkpoint", trial.run.path("best"), "--json", "--quiet"] + sample.places)
      let json = test.text.drop { $0 != "{" }.prefix { $0 != "\u{1}" }
      #expect(json.hasPrefix(alone), "\(test.text)")
    }
  }

  @Test func theScriptForGPUsSaysThatItUsesNone() async throws {
    try await slurm.scenario {
      let trial = try SlurmTrial(
        script: SlurmTrial.script("train_gpu.sbatch"), "run", epochs: 1, [], in: scratch)
      try await trial.job.end()
      try trial.expectFinished(epochs: 1)
      #expect(trial.job.text.contains("note: fusionctl has no GPU engine; the GPU stays idle"))
    }
  }

  /// The array of the five experiments; one of them is signalled, and the comparison waits for it.
  @Test func paperExperiments() async throws {
    try await slurm.scenario {
      let runs = scratch.file("runs")
      let settings = ["model.architecture=resnet18", "training.epochs=6", "threads=1"]
      let text = try SlurmTrial.script("paper_experiments.sh").with("program", BuiltProgram.url.path)
        .with("configs", "$repository/configs/demo").with("data", sample.data.path)
        .with("labels", sample.labels.path).with("out", runs.path)
        .with("flags", "(\(settings.map { "--set \($0)" }.joined(separator: " ")))")
        .replacing("--output=%x", with: "--output=\(scratch.path)/%x")
      let script = scratch.file("paper.sh")
      try text.write(to: script, atomically: true, encoding: .utf8)
      let said = try slurm.succeed(
        ["bash", script.path, "--cpus-per-task=1", "--mem=2G", "--partition=highmem_p"]
          + ["--chdir", TrainedRun.repository.path])
      let jobs = said.split(separator: "\n").compactMap { $0.split(separator: " ").last.map(String.init) }
      try #require(jobs.count == 2, "\(said)")
      let comparison = SlurmJob(id: jobs[1], log: scratch.file("fusionctl-paper-\(jobs[1]).log"))
      try await comparison.until("late fusion has begun", within: 300) {
        FileManager.default.fileExists(atPath: runs.appending(path: "late/checkpoints/last.h5").path)
      }
      try slurm.succeed(["scancel", "--signal=USR1", "--batch", "\(jobs[0])_4"])
      #expect(try await comparison.end()["JobState"] == "COMPLETED", "\(comparison.text)")
      let late = try String(contentsOf: scratch.file("fusionctl-paper-\(jobs[0])-4.log"), encoding: .utf8)
      #expect(late.contains("restart 1 of") && !late.contains("restart 2 of"), "\(late)")
      // The job of the last experiment has the number of the array; the others are not to come back with it.
      let middle = try String(
        contentsOf: scratch.file("fusionctl-paper-\(jobs[0])-3.log"), encoding: .utf8)
      #expect(!middle.contains("REQUEUE"), "\(middle)")
      let table = try String(contentsOf: runs.appending(path: "comparison.txt"), encoding: .utf8)
      #expect(comparison.text.hasSuffix(table))
      for experiment in ["s1", "s2", "early", "middle", "late"] {
        #expect(table.contains(experiment), "\(table)")
        #expect(try RunFiles(runs.appending(path: experiment)).summary.test.exists)
      }
    }
  }
}
