import Foundation
import TestSupport
import Testing

/// The five experiments of the paper, as an array of jobs with a comparison behind it.
extension SlurmTests {
  private struct PaperJobs {
    let array: String
    let comparison: SlurmJob
    let runs: URL
    private let scratch: ScratchFolder

    /// Submits the shipped script, with what a user changes in it.
    init(_ settings: [String], _ sample: SampleData, _ slurm: LocalSlurm, in scratch: ScratchFolder) throws {
      self.scratch = scratch
      runs = scratch.file("runs")
      let text = try SlurmTrial.script("paper_experiments.sh").with("program", BuiltProgram.url.path)
        .with("configs", "$repository/configs/demo").with("data", sample.data.path)
        .with("labels", sample.labels.path).with("out", runs.path)
        .with("flags", "(\(settings.map { "--set \($0)" }.joined(separator: " ")))")
        .replacing("--output=%x", with: "--output=\(scratch.path)/%x")
      let script = scratch.file("paper.sh")
      try text.write(to: script, atomically: true, encoding: .utf8)
      let said = try slurm.succeed(
        ["bash", script.path, "--cpus-per-task=1", "--mem=2G", "--chdir", TrainedRun.repository.path])
      let jobs = said.split(separator: "\n").compactMap { $0.split(separator: " ").last.map(String.init) }
      try #require(jobs.count == 2, "\(said)")
      array = jobs[0]
      comparison = SlurmJob(id: jobs[1], log: scratch.file("fusionctl-paper-\(jobs[1]).log"))
    }

    func log(of experiment: Int) throws -> String {
      try String(contentsOf: scratch.file("fusionctl-paper-\(array)-\(experiment).log"), encoding: .utf8)
    }
  }

  /// One of them is signalled, and the comparison waits for it.
  @Test func paperExperiments() async throws {
    try await slurm.scenario {
      let jobs = try PaperJobs(
        ["model.architecture=resnet18", "training.epochs=6", "threads=1"], sample, slurm, in: scratch)
      try await jobs.comparison.until("late fusion has begun", within: 300) {
        FileManager.default.fileExists(atPath: jobs.runs.appending(path: "late/checkpoints/last.h5").path)
      }
      try slurm.succeed(["scancel", "--signal=USR1", "--batch", "\(jobs.array)_4"])
      #expect(try await jobs.comparison.end()["JobState"] == "COMPLETED", "\(jobs.comparison.text)")
      let late = try jobs.log(of: 4)
      #expect(late.contains("restart 1 of") && !late.contains("restart 2 of"), "\(late)")
      // The job of the last experiment has the number of the array; the others are not to come back with it.
      let middle = try jobs.log(of: 3)
      #expect(!middle.contains("REQUEUE"), "\(middle)")
      // The experiments have a GPU each, and the comparison has none.
      #expect(
        try SlurmJob(id: "\(jobs.array)_0", log: jobs.comparison.log).details["TresPerNode"] == "gres:gpu:1")
      #expect(try jobs.comparison.details["TresPerNode"] == nil)
      let table = try String(contentsOf: jobs.runs.appending(path: "comparison.txt"), encoding: .utf8)
      #expect(jobs.comparison.text.hasSuffix(table))
      for experiment in ["s1", "s2", "early", "middle", "late"] {
        #expect(table.contains(experiment), "\(table)")
        #expect(try RunFiles(jobs.runs.appending(path: experiment)).summary.tests.array.count == 1)
      }
    }
  }

  /// Nothing is compared when one has failed, and nothing waits for ever.
  @Test func aFailedExperimentCancelsTheComparison() async throws {
    try await slurm.scenario {
      let jobs = try PaperJobs(["training.epochs=0"], sample, slurm, in: scratch)
      #expect(try await jobs.comparison.end()["JobState"] == "CANCELLED", "\(jobs.comparison.text)")
      #expect(try jobs.log(of: 0).contains("fusionctl train failed (status 64), and would again"))
      #expect(!FileManager.default.fileExists(atPath: jobs.runs.appending(path: "comparison.txt").path))
    }
  }
}
