import Foundation
import TestSupport
import Testing

/// A training on the sample that is submitted as a job.
struct SlurmTrial: Sendable {
  let out: URL
  let job: SlurmJob

  var run: RunFiles { RunFiles(out) }

  /// What the jobs differ in.
  struct Options {
    var nodes = 1
    var ranksPerNode = 1
    var launcher = "srun"
    var partition = "gpu_p"
    var epochs = 30
    var settings: [String] = []
    var maxRestarts: Int?
    /// For sbatch.
    var flags: [String] = []
  }

  /// Settings under which steps take most of an epoch's time.
  static let settings = [
    "training.batch_size=4", "training.optimizer=adam", "training.learning_rate=0.001",
    "training.checkpoint_every_epochs=5", "data.flips=true", "model.dropout=0.2",
  ]

  /// Submits what `fusionctl slurm` prints.
  init(
    _ name: String, _ options: Options = .init(), data: URL? = nil, in scratch: ScratchFolder
  ) throws {
    let sample = SampleData.current!
    out = scratch.file(name)
    let settings = Self.settings + ["training.epochs=\(options.epochs)"] + options.settings
    var script = try TrainedRun.succeed(
      [
        "slurm", "--config", sample.configuration, "--out", out.path, "--nodes", "\(options.nodes)",
        "--ranks-per-node", "\(options.ranksPerNode)", "--launcher", options.launcher, "--partition",
        options.partition, "--cpus-per-task", "1", "--time", "30", "--size", "32", "--data",
        (data ?? sample.data).path, "--labels", sample.labels.path,
      ] + settings.flatMap { ["--set", $0] })
    if let maxRestarts = options.maxRestarts {
      script = script.with("max_restarts", "\(maxRestarts)")
    }
    job = try SlurmJob(script, options.flags, in: scratch.url)
  }

  /// Submits a script as it comes, to train on the sample.
  init(script: String, _ name: String, epochs: Int, _ flags: [String], in scratch: ScratchFolder) throws {
    let sample = SampleData.current!
    out = scratch.file(name)
    let settings = (Self.settings + ["training.epochs=\(epochs)"]).map { "--set \($0)" }
    job = try SlurmJob(
      script.with("config", sample.configuration).with("data", sample.data.path)
        .with("labels", sample.labels.path).with("out", out.path)
        .with("program", BuiltProgram.url.path).with("flags", "(\(settings.joined(separator: " ")))"),
      Self.small + flags, in: scratch.url)
  }

  /// What the shipped scripts ask for is too much for the sample.
  static let small = ["--cpus-per-task=1", "--mem=2G", "--partition=gpu_p"]

  /// A script of `scripts/slurm`.
  static func script(_ name: String) throws -> String {
    try String(
      contentsOf: TrainedRun.repository.appending(path: "scripts/slurm/\(name)"), encoding: .utf8)
  }

  /// Waits until so many epochs are in `metrics.csv`.
  func reaches(epoch: Int) async throws {
    try await job.until("epoch \(epoch) of \(out.path) is done", within: 480) {
      ((try? run.metrics.count) ?? 0) > epoch
    }
  }

  /// The job has done all epochs, each once.
  func expectFinished(epochs: Int = 30) throws {
    #expect(try job.details["JobState"] == "COMPLETED", "\(job.text)")
    #expect(try run.metrics.dropFirst().map { $0[0] } == (1...epochs).map(String.init))
    #expect(try run.summary.finished.bool == true)
  }

  /// Processes of the training, on whatever node.
  var processes: [Int32] {
    let all = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    return all.compactMap { Int32($0) }.filter { process in
      let arguments = (try? String(contentsOfFile: "/proc/\(process)/cmdline", encoding: .utf8)) ?? ""
      return arguments.split(separator: "\0").map(String.init).starts(with: [BuiltProgram.url.path, "train"])
        && arguments.contains(out.path + "\0")
    }
  }

  /// The process of a rank.
  func process(ofRank rank: Int) throws -> Int32 {
    try #require(
      processes.first { process in
        let variables = (try? String(contentsOfFile: "/proc/\(process)/environ", encoding: .utf8)) ?? ""
        return variables.split(separator: "\0").contains("PMIX_RANK=\(rank)")
      }, "rank \(rank) of \(processes)")
  }
}

extension String {
  /// A job script with another value in its block.
  func with(_ name: String, _ value: String) -> String {
    var lines = components(separatedBy: "\n")
    let index = lines.firstIndex { $0.hasPrefix("\(name)=") }
    precondition(index != nil, "the script has no variable \(name)")
    lines[index!] = "\(name)=\(value)"
    return lines.joined(separator: "\n")
  }
}
