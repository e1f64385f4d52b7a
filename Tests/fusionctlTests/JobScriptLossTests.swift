import Foundation
import TestSupport
import Testing

/// Jobs that lose their GPU (status 76), with the job scripts as they are shipped and stand-ins for Slurm's commands.
@Suite(.besideOthers, .sampleData) struct JobScriptLossTests {
  private let sample = SampleData.current!
  private let scratch: ScratchFolder
  private let bin: StandIns

  /// Starts the command that srun is given, with more arguments behind it.
  private static let srun = #"while [[ $1 == --* ]]; do shift; done"#

  init() throws {
    scratch = try ScratchFolder()
    // Slurm ends the script once it has taken the job back.
    let scontrol = #"[ "$1" = requeue ] && echo "$*" >>"$LOG" && kill -KILL $PPID"#
    bin = try StandIns(scratch.file("bin"), ["scontrol": scontrol])
  }

  private var out: URL { scratch.file("run") }

  /// Number of times that Slurm was asked to take the job back.
  private var requeues: Int {
    let asked = (try? String(contentsOf: scratch.file("requeues"), encoding: .utf8)) ?? ""
    return asked.split(separator: "\n").count
  }

  /// Runs a shipped script as Slurm would.
  /// - Parameters:
  ///   - srun: what srun does with the command.
  ///   - values: variables of the script's block that differ from the sample's.
  ///   - environment: variables of Slurm that differ from those of a job on one node with a GPU.
  private func run(
    _ name: String = "train_gpu.sbatch", srun: String, _ values: [String: String] = [:],
    _ environment: [String: String] = [:]
  ) throws -> BuiltProgram.Result {
    _ = try StandIns(bin.folder, ["srun": Self.srun + "\n" + srun])
    var block = [
      "config": sample.configuration, "data": sample.data.path, "labels": sample.labels.path, "out": out.path,
      "program": BuiltProgram.url.path,
    ]
    block.merge(values) { $1 }
    let script = try block.reduce(SlurmTrial.script(name)) { script, value in
      script.contains("\n\(value.key)=") ? script.with(value.key, value.value) : script
    }
    try script.write(to: scratch.file("job.sbatch"), atomically: true, encoding: .utf8)
    return try ShellRun.run(
      "export PATH='\(bin.folder.path)':$PATH; exec bash '\(scratch.file("job.sbatch").path)'",
      environment: [
        "SLURM_JOB_ID": "7", "SLURM_JOB_NUM_NODES": "1", "SLURM_JOB_NODELIST": "gpu3", "SLURM_JOB_GPUS": "0",
        "SLURM_SUBMIT_DIR": TrainedRun.repository.path, "LOG": scratch.file("requeues").path,
      ].merging(environment) { $1 })
  }

  /// The GPU is lost after the first of two epochs.
  @Test func aJobThatLosesItsGPUGoesOnFromItsCheckpoint() throws {
    let settings = ["training.momentum=0", "training.epochs=2"]
    let flags = ["flags": "(\(settings.map { "--set \($0)" }.joined(separator: " ")))"]
    let first = try run(srun: #""$@" --epochs 1 && exit 76"#, flags)
    #expect(
      first.errors.contains(
        "fusionctl train lost the GPU of gpu3 (status 76); its last checkpoint is good; loss 1 of at most 3 in a "
          + "row; back into the queue, restart 1 of at most 20"), "\(first.errors)")
    #expect(requeues == 1)
    let second = try run(srun: #"exec "$@""#, flags, ["SLURM_RESTART_COUNT": "1"])
    #expect(second.status == 0 && second.errors.contains("trained: \(out.path)"), "\(second.errors)")
    #expect(second.errors.contains("\nresuming "), "\(second.errors)")
    #expect(requeues == 1)
    let straight = try sample.train(scratch.file("straight"), set: settings)
    #expect(try RunFiles(out).metricsWithoutTimes == straight.metricsWithoutTimes)
    #expect(try differences(RunFiles(out).checkpoint("last"), straight.checkpoint("last")) == [])
  }

  /// Too little memory and a loss that is no longer finite would end the next start, too.
  @Test(arguments: ["train_gpu.sbatch", "train_cpu.sbatch", "test.sbatch"])
  func aFailureIsNoReasonToComeBack(script: String) throws {
    let checkpoint = out.appending(path: "checkpoints/best.h5")
    try FileManager.default.createDirectory(
      at: checkpoint.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data().write(to: checkpoint)
    let failed = try run(script, srun: "exit 1")
    #expect(failed.status == 1 && requeues == 0, "\(failed.errors)")
    #expect(failed.errors.contains("failed (status 1), and would again"), "\(failed.errors)")
    let lost = try run(script, srun: "exit 76")
    #expect(lost.errors.contains("loss 1 of at most 3 in a row") && requeues == 1, "\(lost.errors)")
  }

  /// Each loss in a row without a new checkpoint counts. A checkpoint and another job begin at one.
  @Test func lossesInARowAreBounded() throws {
    let checkpoint = out.appending(path: "checkpoints/last.h5")
    let saves =
      "mkdir -p '\(checkpoint.deletingLastPathComponent().path)'; date +%N >'\(checkpoint.path)'; exit 76"
    func loss(_ srun: String, job: String = "7") throws -> String {
      try run(srun: srun, ["max_losses": "2"], ["SLURM_JOB_ID": job]).errors
    }
    for count in [1, 2] {
      #expect(try loss("exit 76").contains("; loss \(count) of at most 2 in a row; back into the queue"))
    }
    let last = try run(srun: "exit 76", ["max_losses": "2"])
    #expect(last.status == 76 && requeues == 2, "\(last.errors)")
    #expect(
      last.errors.contains(
        "; not put back: loss 3 in a row without a new checkpoint (max_losses is 2); look at gpu3, or leave it "
          + "out: sbatch --exclude=gpu3"), "\(last.errors)")
    #expect(try loss("exit 76", job: "8").contains("; loss 1 of at most 2 in a row"))
    #expect(try loss(saves, job: "8").contains("; loss 1 of at most 2 in a row"))
    #expect(try loss("exit 76", job: "8").contains("; loss 2 of at most 2 in a row"))
    #expect(try loss(saves, job: "8").contains("; loss 1 of at most 2 in a row"))
  }

  /// A damaged count is none, and where nothing can be written the bound on restarts remains.
  @Test func aCountThatCannotBeKept() throws {
    let record = out.appending(path: ".job-losses")
    try FileManager.default.createDirectory(at: out, withIntermediateDirectories: true)
    for text in ["7 08\n\n", "7 many", "", "7 99999\n\n"] {
      try text.write(to: record, atomically: true, encoding: .utf8)
      #expect(try run(srun: "exit 76").errors.contains("; loss 1 of at most 3 in a row"), "\(text)")
    }
    try FileManager.default.removeItem(at: record)
    try FileManager.default.createDirectory(at: record, withIntermediateDirectories: true)
    let job = try run(srun: "exit 76", [:], ["SLURM_RESTART_COUNT": "20"])
    #expect(
      job.errors.contains(
        "the loss cannot be counted in '\(record.path)'; only max_restarts bounds the restarts"))
    #expect(
      job.status == 76 && job.errors.contains("not put back: it has come back 20 times"), "\(job.errors)")
  }

  /// Several processes would compute on CPUs beside an idle GPU.
  @Test(arguments: [("SLURM_JOB_NUM_NODES", "3"), ("SLURM_NTASKS_PER_NODE", "3")])
  func severalProcessesOnAGPU(variable: String, value: String) throws {
    let job = try run(srun: "exit 0", [:], [variable: value])
    #expect(job.status == 64 && requeues == 0)
    #expect(
      job.errors.contains(
        "one process trains on a GPU, but the job starts 3; set --nodes and --ntasks-per-node to 1 on top of the "
          + "job script"), "\(job.errors)")
    #expect(job.errors.split(separator: "\n").count == 1, "\(job.errors)")
  }
}
