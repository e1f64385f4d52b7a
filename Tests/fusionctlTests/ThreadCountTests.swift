import Foundation
import TestSupport
import Testing

/// How many threads the built program takes where the system limits them.
@Suite struct ThreadCountTests {
  private static let plan = [
    "plan", "--config", TrainedRun.repository.appending(path: "configs/early.yaml").path, "--size", "32",
    "--batch-size", "2", "--json",
  ]

  private func threads(slurm: String) throws -> Int? {
    let result = try BuiltProgram.run(Self.plan, environment: ["SLURM_CPUS_PER_TASK": slurm])
    try #require(result.status == 0, "\(result.errors)")
    return try JSON(data: Data(result.output.utf8)).threads.int
  }

  @Test(.enabled(if: FileManager.default.fileExists(atPath: "/usr/bin/taskset"), "taskset is not installed"))
  func affinityMask() throws {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/taskset")
    process.arguments = ["-c", "0", BuiltProgram.url.path] + Self.plan
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    #expect(try JSON(data: data).threads.int == 1)
  }

  @Test func slurm() throws {
    #expect(try threads(slurm: "1") == 1)
    // More than there are cores is not believed.
    let all = try JSON(data: Data(TrainedRun.succeed(Self.plan).utf8)).threads.int
    #expect(try threads(slurm: "100000") == all)
    let refused = try BuiltProgram.run(Self.plan, environment: ["SLURM_CPUS_PER_TASK": "two"])
    #expect(refused.status == 1 && refused.errors.contains("SLURM_CPUS_PER_TASK: expected a number of cores"))
  }

  /// What decides, and threads that have no core of their own, are said in one line.
  @Test func notes() throws {
    let bench = [
      "bench", "--only", "eval", "--set", "model.architecture=resnet18", "--size", "32", "--batch-size", "2",
      "--repeats", "1",
    ]
    let slurm = try BuiltProgram.run(bench, environment: ["SLURM_CPUS_PER_TASK": "1"])
    #expect(slurm.status == 0)
    let many = try BuiltProgram.run(bench + ["--threads", "33"], environment: ["SLURM_CPUS_PER_TASK": "1"])
    #expect(many.status == 0)
    #expect(many.errors.contains("note: 33 threads share 1 usable core"))
    if ProcessInfo.processInfo.activeProcessorCount > 1 {
      #expect(slurm.errors.contains("note: 1 thread, as SLURM_CPUS_PER_TASK says"))
    }
  }
}
