import Foundation
import SimulatedGPU
import TestSupport
import Testing

/// `doctor`, on this machine and in surroundings that are made up.
@Suite struct DoctorTests {
  let scratch: ScratchFolder

  init() throws { scratch = try ScratchFolder() }

  private struct Report {
    let status: Int32
    let findings: [JSON]

    func of(_ check: String) -> [JSON] { findings.filter { $0.check.string == check } }
    func has(_ check: String, _ level: String, _ part: String) -> Bool {
      of(check).contains { $0.level.string == level && $0.text.string!.contains(part) }
    }
  }

  private func doctor(_ arguments: [String], _ environment: [String: String] = [:]) throws -> Report {
    let result = try BuiltProgram.run(["doctor", "--json"] + arguments, environment: environment)
    return Report(
      status: result.status, findings: try JSON(data: Data(result.output.utf8)).findings.array)
  }

  private static let mostChecks = [
    "--only", "libraries", "processor", "memory", "slurm", "data", "run-folder", "open-files",
  ]

  @Test func aSoundMachine() throws {
    let data = scratch.file("data")
    try FileManager.default.createDirectory(
      at: data.appending(path: "ROIs1158_spring"), withIntermediateDirectories: true)
    let out = scratch.file("runs/new")
    let report = try doctor(["--data", data.path, "--out", out.path] + Self.mostChecks)
    #expect(report.status == 0)
    #expect(Set(report.findings.map { $0.check.string! }).count == 7)
    #expect(report.has("libraries", "ok", "OpenBLAS ") || report.has("libraries", "note", "no MPI"))
    #expect(report.has("processor", "ok", "usable core"))
    #expect(report.has("memory", "ok", "GB") || report.has("memory", "note", "the control group allows"))
    #expect(report.has("slurm", "ok", "not inside a job"))
    #expect(report.has("run-folder", "ok", "written and synced at "))
    #expect(report.has("run-folder", "ok", "HDF5 needs no locks"))
    #expect(report.has("data", "ok", data.path))
    #expect(!FileManager.default.fileExists(atPath: out.path))
    #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.path) == ["data"], "nothing is left")
  }

  @Test func text() throws {
    let result = try BuiltProgram.run(["doctor", "--only", "memory", "slurm"])
    let lines = result.output.split(separator: "\n", omittingEmptySubsequences: false)
    #expect(result.status == 0 && lines[0].hasPrefix("fusionctl ") && lines[1] == "")
    #expect(lines[2].hasPrefix("memory  "))
  }

  @Test func problems() throws {
    let file = scratch.file("file")
    try Data().write(to: file)
    let report = try doctor(
      ["--data", scratch.file("nowhere").path, "--out", file.appending(path: "run").path, "--only", "data"]
        + ["run-folder"])
    #expect(report.status == 1)
    for check in ["data", "run-folder"] {
      #expect(report.has(check, "problem", "cannot be "), "\(check)")
      #expect(report.of(check).first?.remedy.string != nil)
    }
    let empty = try doctor(["--data", scratch.path, "--only", "data"])
    #expect(empty.status == 1 && empty.has("data", "problem", "holds no folder ROIs"))
    let absent = try doctor(["--data", scratch.file("nowhere").path, "--only", "data-speed"])
    #expect(absent.status == 0 && absent.findings.isEmpty)
    let speed = try doctor(["--data", Fixtures.url("DataSets/own-folder").path, "--only", "data-speed"])
    #expect(speed.status == 0 && speed.has("data-speed", "ok", " patches/s at the first reading, "))
    #expect(speed.has("data-speed", "ok", "as fast as resnet101 on "))
    let slurm = try doctor(["--only", "processor"], ["SLURM_CPUS_PER_TASK": "many"])
    #expect(slurm.status == 1 && slurm.has("processor", "problem", "SLURM_CPUS_PER_TASK"))
    let misspelt = try BuiltProgram.run(["doctor", "--only", "memroy"])
    #expect(misspelt.status == 64 && misspelt.errors.contains("did you mean 'memory'?"))
  }

  @Test func gpu() throws {
    let simulated = SimulatedGPU.environment.merging([
      "XDG_CACHE_HOME": scratch.path, "CUDA_VISIBLE_DEVICES": "0",
    ]) { $1 }
    let report = try doctor(["--only", "gpu"], simulated)
    #expect(report.status == 0 && report.has("gpu", "ok", "simulated device"))
    let file = scratch.file("libcuda.so.1")
    try Data("text".utf8).write(to: file)
    let damaged = try doctor(["--only", "gpu"], ["FUSIONCTL_CUDA_LIBS": scratch.path])
    #expect(damaged.status == 0 && damaged.has("gpu", "note", "\(file.path): cannot be loaded"))
  }

  @Test func kernelsInAdvance() throws {
    let simulated = SimulatedGPU.environment.merging(["XDG_CACHE_HOME": scratch.path]) { $1 }
    let first = try BuiltProgram.run(
      ["doctor", "--prepare", "--architectures", "sm_80", "90"], environment: simulated)
    #expect(
      first.status == 0
        && first.output == "kernels for sm_80, sm_90 are in \(scratch.path)/fusionctl/kernels (62 files)\n",
      "\(first.errors)")
    #expect(first.errors.contains("sm_80: ") && first.errors.contains("files of kernels compiled"))
    let report = try doctor(["--only", "gpu"], simulated)
    #expect(report.has("gpu", "ok", "compiled kernel files in \(scratch.path)/fusionctl/kernels"))
    let wrong = try BuiltProgram.run(
      ["doctor", "--prepare", "--architectures", "hopper"], environment: simulated)
    #expect(wrong.status == 64 && wrong.errors.contains("expected an architecture from sm_60 on"))
    for name in ["libnvrtc.so.13", "libnvrtc.so.12"] { try Data("text".utf8).write(to: scratch.file(name)) }
    let damaged = try BuiltProgram.run(
      ["doctor", "--prepare"], environment: ["FUSIONCTL_CUDA_LIBS": scratch.path])
    #expect(
      damaged.status == 1 && damaged.errors.contains("cannot be loaded")
        && damaged.errors.contains("module load CUDA"), "\(damaged.errors)")
  }

  @Test func openFiles() throws {
    let process = Process()
    process.executableURL = URL(filePath: "/bin/bash")
    process.environment = BuiltProgram.environment
    process.arguments = ["-c", "ulimit -n 100; exec \"$0\" doctor --only open-files", BuiltProgram.url.path]
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationStatus == 1 && text.contains("too few") && text.contains("→ ulimit -n 4096"))
    #expect(text.hasSuffix("1 problem makes runs fail.\n"))
  }

  /// Variables of a job, and what they mean.
  @Test func slurm() throws {
    let job = [
      "SLURM_JOB_ID": "77", "SLURM_JOB_NUM_NODES": "1", "SLURM_NTASKS": "1", "SLURM_CPUS_PER_TASK": "8",
      "SLURM_MEM_PER_NODE": "65536", "SLURM_RESTART_COUNT": "2", "SLURM_JOB_GPUS": "0,1",
      "SLURM_JOB_END_TIME": "\(Int(Date.now.timeIntervalSince1970) + 7200)",
    ]
    let report = try doctor(["--only", "slurm", "launch"], job)
    #expect(report.status == 0)
    #expect(report.has("slurm", "ok", "job 77: 1 node, 1 task, 8 cores a task, 68.72 GB a node"))
    #expect(report.has("slurm", "ok", "make 1 rank, each of at most 8 threads"))
    #expect(
      report.has("slurm", "ok", "the job ends in 1:59:") || report.has("slurm", "ok", "the job ends in 2:00:")
    )
    #expect(report.has("slurm", "note", "the job was requeued 2 times"))
    #expect(report.has("slurm", "note", "GPUs 0,1 are part of the job, but a run computes on one of them"))
    let several = try doctor(
      ["--only", "slurm"],
      [
        "SLURM_JOB_ID": "78", "SLURM_NTASKS": "4", "SLURM_EXPORT_ENV": "NONE", "CUDA_VISIBLE_DEVICES": "2",
      ])
    #expect(several.has("slurm", "note", "SLURM_CPUS_PER_TASK is not set"))
    #expect(several.has("slurm", "note", "SLURM_EXPORT_ENV=NONE"))
    #expect(several.has("slurm", "note", "the GPU 2 is part of the job, but several ranks compute on CPUs"))
    let single = try doctor(["--only", "slurm"], ["SLURM_JOB_ID": "79", "CUDA_VISIBLE_DEVICES": "0"])
    #expect(single.has("slurm", "ok", "the GPU 0 is part of the job"))
    let none = try doctor(["--only", "slurm"], ["SLURM_JOB_ID": "80", "CUDA_VISIBLE_DEVICES": "NoDevFiles"])
    #expect(!none.of("slurm").contains { $0.text.string?.contains("GPU") == true })
  }

  /// A step whose processes would train each on its own; the first of them says it.
  @Test func aWrongLaunch() throws {
    let step = ["SLURM_JOB_ID": "79", "SLURM_NTASKS": "2", "SLURM_STEP_NUM_TASKS": "2"]
    let first = try doctor(["--only", "launch"], step.merging(["SLURM_PROCID": "0"]) { $1 })
    #expect(first.status == 1 && first.has("launch", "problem", "cannot find each other"))
    #expect(first.of("launch").first?.remedy.string?.contains("srun --mpi=pmix fusionctl train …") == true)
    let second = try BuiltProgram.run(
      ["doctor", "--only", "launch"], environment: step.merging(["SLURM_PROCID": "1"]) { $1 })
    #expect(second.status == 1 && second.output == "" && second.errors == "")
  }

  @Test(
    .enabled(
      if: FileManager.default.isExecutableFile(atPath: "/usr/bin/mpirun"), "mpirun is not at /usr/bin/mpirun")
  )
  func launch() throws {
    let allowed = ["OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"]
    let works = try doctor(["--only", "launch"], allowed)
    #expect(works.status == 0)
    #if MPI
      #expect(works.has("launch", "ok", "mpirun: 2 ranks on 1 node found each other"))
      let absent = try doctor(["--only", "launch"], allowed.merging(["PATH": "/nowhere"]) { $1 })
      #expect(absent.status == 0 && absent.has("launch", "note", "mpirun: not found"))
      // A launcher that does not do it: a note here, a problem in a job that needs one.
      let broken = scratch.file("mpirun")
      try "#!/bin/sh\necho 'mpirun: no such luck' >&2; exit 3\n".write(
        to: broken, atomically: true, encoding: .utf8)
      try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: broken.path)
      let alone = try doctor(["--only", "launch"], ["PATH": scratch.path])
      #expect(alone.status == 0 && alone.has("launch", "note", "mpirun: no such luck"))
      let job = try doctor(
        ["--only", "launch"], ["PATH": scratch.path, "SLURM_JOB_ID": "80", "SLURM_NTASKS": "2"])
      #expect(job.status == 1 && job.has("launch", "problem", "mpirun: no such luck"))
      #expect(job.has("launch", "note", "was started without srun"))
    #endif
  }
}
