import Foundation
import TestSupport
import Testing

/// What `fusionctl slurm` prints, and the shipped scripts; without a Slurm.
@Suite struct SlurmCommandTests {
  private static let middle = TrainedRun.repository.appending(path: "configs/middle.yaml").path
  private static let scripts = TrainedRun.repository.appending(path: "scripts/slurm")

  private func script(_ more: [String]) throws -> String {
    try TrainedRun.succeed(["slurm", "--config", Self.middle, "--time", "2-00:00:00"] + more)
  }

  private func value(_ script: String, _ start: String) throws -> String {
    let line = try #require(script.split(separator: "\n").first { $0.hasPrefix(start) }, "\(start)")
    return String(line.dropFirst(start.count))
  }

  /// A configuration that lies in the program is no file that the job could look for.
  @Test func aShippedConfiguration() throws {
    let script = try TrainedRun.succeed("slurm", "--config", "demo/s2", "--time", "60")
    #expect(try value(script, "config=") == "demo/s2")
    #expect(script.contains("\nneeds data ${labels:+labels}\n"))
    #expect(try self.script([]).contains("\nneeds config data ${labels:+labels}\n"))
  }

  /// Runs bash on a script, which goes to its standard input.
  private func bash(_ flags: [String], _ script: String) throws -> (status: Int32, output: String) {
    let scratch = try ScratchFolder()
    let file = scratch.file("script")
    try script.write(to: file, atomically: true, encoding: .utf8)
    let process = Process()
    process.executableURL = URL(filePath: "/bin/bash")
    process.arguments = flags + [file.path]
    let pipe = Pipe()
    (process.standardOutput, process.standardError) = (pipe, pipe)
    try process.run()
    let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return (process.terminationStatus, output)
  }

  @Test(arguments: [
    [], ["--nodes", "4", "--ranks-per-node", "2", "--launcher", "mpirun", "--partition", "batch"],
    ["--gres", "gpu:A100:1", "--data", "/it's here/$HOME", "--labels", "a b", "--out", "`x`"],
    ["--set", "name=$(touch x); 'y'", "--set", "training.epochs=3"],
  ])
  func everyScriptIsOneForBash(more: [String]) throws {
    let script = try script(more)
    let check = try bash(["-n"], script)
    #expect(check.status == 0 && check.output.isEmpty, "\(check.output)")
    // What all jobs do is written out in it.
    let shared = try String(contentsOf: Self.scripts.appending(path: "job.sh"), encoding: .utf8)
    #expect(script.contains(shared) && !script.contains("repository"))
    // Outside a job it only says what it is for.
    let run = try bash([], script)
    #expect(run.status == 64 && run.output.contains("this is a job script; submit it"), "\(run.output)")
  }

  /// Paths and settings come out of the script's variables as they went in.
  @Test func wordsSurviveTheShell() throws {
    let words = ["/it's here/$HOME", "/a b", "/`x`\"\\", "name=$(false); 'y' *"]
    let script = try script([
      "--data", words[0], "--labels", words[1], "--out", words[2], "--set", words[3],
    ])
    let names = ["data=", "labels=", "out=", "flags="]
    let block = script.components(separatedBy: "\n").filter { line in names.contains { line.hasPrefix($0) } }
    let printing = #"printf '%s\n' "$data" "$labels" "$out" "${flags[@]}""#
    let said = try bash([], (block + [printing]).joined(separator: "\n"))
    let expected: [String] = Array(words[0...2]) + ["--set", words[3]]
    #expect(said.output.split(separator: "\n").map(String.init) == expected)
  }

  @Test func valuesStandInTheBlock() throws {
    let script = try script([
      "--nodes", "4", "--ranks-per-node", "2", "--cpus-per-task", "3", "--partition", "batch", "--gres",
      "tmpfs:10G",
    ])
    for (directive, expected) in [
      ("nodes", "4"), ("ntasks-per-node", "2"), ("cpus-per-task", "3"), ("partition", "batch"),
      ("gres", "tmpfs:10G"), ("time", "2-00:00:00"), ("signal", "B:USR1@300"), ("job-name", "middle"),
    ] {
      #expect(try value(script, "#SBATCH --\(directive)=") == expected)
    }
    #expect(try value(script, "config=") == Self.middle)
    #expect(try value(script, "program=") == BuiltProgram.url.path)
    #expect(script.contains("\n#SBATCH --requeue\n") && script.contains("\n#SBATCH --open-mode=append\n"))
  }

  /// One process on a GPU, and what the user must know of it.
  @Test func aJobOnAGPU() throws {
    func slurm(_ more: String...) throws -> BuiltProgram.Result {
      try BuiltProgram.run(["slurm", "--config", Self.middle, "--time", "60"] + more)
    }
    let (one, two) = (try slurm("--gres", "tmpfs:1,gpu:1"), try slurm("--gres", "gpu:A100:2"))
    for result in [one, two] {
      #expect(result.output.contains("one process trains on a GPU, but the job starts"))
      #expect(try value(result.output, "#SBATCH --ntasks-per-node=") == "1")
      #expect(result.errors.contains("run 'fusionctl doctor --prepare' once on the login node"))
    }
    #expect(!one.errors.contains("one of the 2") && two.errors.contains("gpu: one of the 2 computes"))
    #expect(try value(one.output, "#SBATCH --gres=") == "tmpfs:1,gpu:1")
    let (idle, none) = (try slurm("--gres", "gpu:1", "--set", "device=cpu"), try slurm("--gres", "tmpfs:1"))
    #expect(idle.errors.contains("gpu: device cpu leaves it idle; leave out --gres gpu:1"))
    #expect(!none.errors.contains("gpu:"))
    for result in [idle, none] { #expect(!result.output.contains("one process trains on a GPU")) }
  }

  /// A quarter more than the plan of a rank's share of the batch, times the ranks of a node, and a gigabyte.
  @Test(arguments: [(1, 1), (2, 1), (1, 2), (4, 2)]) func memoryComesFromThePlan(nodes: Int, ranks: Int)
    throws
  {
    let share = (25 + nodes * ranks - 1) / (nodes * ranks)
    let plan = try JSON(
      data: Data(
        TrainedRun.succeed(
          "plan", "--config", Self.middle, "--set", "training.batch_size=\(share)", "--threads", "8", "--json"
        )
        .utf8))
    let bytes = try #require(plan.training_memory.total.double) * Double(ranks)
    let memory = try value(script(["--nodes", "\(nodes)", "--ranks-per-node", "\(ranks)"]), "#SBATCH --mem=")
    #expect(memory == "\(Int((1.25 * bytes / 0x1p30).rounded(.up)) + 1)G")
  }

  /// Beside a GPU the node needs what `plan` predicts for the process. A job that may have to train on the CPUs needs
  /// enough for that, too.
  @Test func memoryBesideAGPU() throws {
    func total(_ device: String) throws -> Double {
      let plan = try TrainedRun.succeed(
        "plan", "--config", Self.middle, "--device", device, "--threads", "8", "--json")
      return try #require(JSON(data: Data(plan.utf8)).training_memory.total.double)
    }
    func gigabytes(_ bytes: Double) -> String { "\(Int((1.25 * bytes / 0x1p30).rounded(.up)) + 1)G" }
    let (cpu, gpu) = (try total("cpu"), try total("h100"))
    #expect(gpu < cpu)
    let sure = try script(["--gres", "gpu:1", "--set", "device=cuda"])
    #expect(try value(sure, "#SBATCH --mem=") == gigabytes(gpu))
    #expect(try value(script(["--gres", "gpu:1"]), "#SBATCH --mem=") == gigabytes(max(cpu, gpu)))
  }

  /// What `plan` says of the paper's five networks. It is computed once for all scripts.
  private static let plans = Result {
    try ["s1", "s2", "early", "middle", "late"].map { experiment in
      let config = TrainedRun.repository.appending(path: "configs/\(experiment).yaml").path
      return try JSON(
        data: Data(TrainedRun.succeed("plan", "--config", config, "--threads", "8", "--json").utf8))
    }
  }

  @Test(arguments: [
    ("train_cpu.sbatch", "train"), ("train_gpu.sbatch", "train"), ("test.sbatch", "test"),
    ("paper_experiments.sh", "train"), ("job.sh", ""),
  ])
  func shippedScripts(name: String, command: String) throws {
    let script = try String(contentsOf: Self.scripts.appending(path: name), encoding: .utf8)
    let check = try bash(["-n"], script)
    #expect(check.status == 0 && check.output.isEmpty, "\(check.output)")
    guard !command.isEmpty else { return }
    #expect(script.contains("\n#SBATCH --requeue\n") && script.contains("\n#SBATCH --open-mode=append\n"))
    // Enough memory for each of the paper's networks.
    let memory = try #require(Double(value(script, "#SBATCH --mem=").dropLast()))
    for plan in try Self.plans.get() {
      let need = command == "train" ? plan.training_memory : plan.inference_memory
      #expect(try 1.25 * #require(need.total.double) / 0x1p30 + 1 < memory)
    }
  }

  @Test(arguments: [
    (["--time", "1:00"], "--time 1:00: is too short for a training; at least five minutes"),
    (["--time", "tomorrow"], "--time tomorrow: is no time that Slurm knows; give minutes"),
    (["--time", "1-2-3"], "is no time that Slurm knows"),
    (["--time", "30", "--nodes", "0"], "--nodes 0: expected 1 to 65536"),
    (["--time", "30", "--nodes", "26"], "--nodes 26: a batch of 25 patches for 26 ranks; choose fewer"),
    (["--time", "30", "--partition", "a b"], "--partition 'a b': expected letters, digits"),
    (["--time", "30", "--gres", "gpu;rm"], "--gres 'gpu;rm': expected letters, digits"),
    (["--time", "30", "--set", "training.epoch=1"], "did you mean 'training.epochs'?"),
    ([], "--time: is not given, and how many patches there are is not known; give --time, or --patches "),
    (
      ["--time", "30", "--gres", "gpu:1", "--nodes", "2"],
      "--gres gpu:1: one process trains on a GPU, but the job would start 2; leave out --nodes and "
    ),
    (
      ["--time", "30", "--set", "device=cuda", "--ranks-per-node", "2"],
      "device cuda: one process trains on a GPU, but the job would start 2; leave out --nodes and "
    ),
    (
      ["--gres", "gpu:1", "--patches", "9,9"], "--time: is not given, and the time on a GPU is not predicted"
    ),
    (["--patches", "few"], "--patches few: expected the patches of training and validation"),
  ])
  func wrongUsage(more: [String], message: String) throws {
    let refused = try refusal(["slurm", "--config", Self.middle] + more)
    #expect(refused.status == 64 && refused.output.isEmpty)
    #expect(refused.lines.contains { $0.contains(message) }, "\(refused.lines)")
  }

  /// Without a limit the job gets one: what the run takes and half as much again, at least half an hour and at most
  /// two days. What is shorter than the run is explained.
  @Test(
    arguments: [
      ("10,5", nil, "00:30:00", ["--time 00:30:00: the predicted time and half as much again"]),
      (
        "100000000,500000", nil, "2-00:00:00",
        [
          "--time 2-00:00:00 is shorter than ", "goes back into the queue, about ",
          "; raise max_restarts in the script",
        ]
      ),
      ("100000000,500000", "30", "30", ["--time 30 is shorter than an epoch: before its end the job saves"]),
    ] as [(String, String?, String, [String])])
  func timeComesFromThePatches(patches: String, asked: String?, limit: String, notes: [String]) throws {
    let result = try BuiltProgram.run(
      ["slurm", "--config", Self.middle, "--patches", patches, "--set", "training.epochs=20", "--set"]
        + ["model.architecture=resnet18"] + (asked.map { ["--time", $0] } ?? []))
    #expect(result.status == 0)
    #expect(try value(result.output, "#SBATCH --time=") == limit)
    for note in ["time: epoch ", "without waiting for data and for other processes"] + notes {
      #expect(result.errors.contains(note), "\(result.errors)")
    }
    #expect(asked == nil || !result.errors.contains("half as much again"))
  }

  /// The signal comes five minutes before the end, in short jobs a tenth of their time.
  @Test(arguments: [("5", 60), ("20:00", 120), ("0:50:00", 300), ("1-0", 300), ("0-0:30", 180)])
  func signalBeforeTheEnd(time: String, seconds: Int) throws {
    let script = try TrainedRun.succeed("slurm", "--config", Self.middle, "--time", time)
    #expect(try value(script, "#SBATCH --signal=B:USR1@") == "\(seconds)")
  }
}
