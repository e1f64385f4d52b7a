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

  /// The nodes have GPUs by name alone, so the job trains on their CPUs.
  @Test func theScriptForGPUs() async throws {
    try await slurm.scenario {
      let trial = try SlurmTrial(
        script: SlurmTrial.script("train_gpu.sbatch"), "run", epochs: 1, [], in: scratch)
      try await trial.job.end()
      try trial.expectFinished(epochs: 1)
      #expect(
        trial.job.text.contains(
          "note: the GPU of this machine does not compute: NVIDIA's driver: no libcuda.so.1"),
        "\(trial.job.text)")
    }
  }
}
