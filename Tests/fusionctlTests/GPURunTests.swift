import Foundation
import SimulatedGPU
import TestSupport
import Testing

/// The program on a GPU as a user runs it. The libraries of the GPU are simulated.
@Suite(.sampleData) struct GPURunTests {
  let sample = SampleData.current!
  let scratch: ScratchFolder

  init() throws { scratch = try ScratchFolder() }

  /// The environment in which the program finds the simulated GPU.
  private func environment(_ more: [String: String] = [:]) -> [String: String] {
    SimulatedGPU.environment.merging([
      "CUDA_VISIBLE_DEVICES": "0", "XDG_CACHE_HOME": scratch.file("cache").path,
    ]) { $1 }.merging(more) { $1 }
  }

  /// Runs a training, or what is left of it. Small steps keep rounding small: at a rate of 0.01 the kernels of
  /// the CPU differ among themselves by some percent.
  private func train(
    _ out: URL, _ device: String = "cuda", _ more: [String] = [], _ environment: [String: String] = [:],
    epochs: Int = 2
  ) throws -> BuiltProgram.Result {
    try BuiltProgram.run(
      sample.training(
        out, set: ["training.learning_rate=1e-5"], ["--epochs", "\(epochs)", "--device", device] + more),
      environment: self.environment(environment))
  }

  private func losses(_ run: RunFiles) throws -> [Double] {
    let rows = try run.metrics
    let column = try #require(rows[0].firstIndex(of: "train_loss"))
    return try rows.dropFirst().map { try #require(Double($0[column])) }
  }

  /// The mean loss of a test.
  private func testLoss(_ run: RunFiles, _ device: String) throws -> Double {
    let result = try BuiltProgram.run(
      ["test", "--checkpoint", run.path("last"), "--device", device, "--json", "--quiet"] + sample.places,
      environment: environment())
    try #require(result.status == 0, "\(result.errors)")
    return try #require(try JSON(data: Data(result.output.utf8)).loss.double)
  }

  /// A number of the report that the simulated device writes at the end of the program.
  private func count(_ name: String, in report: URL) throws -> Int {
    let lines = try String(contentsOf: report, encoding: .utf8).split(separator: "\n")
    return try #require(
      lines.first { $0.hasPrefix("\(name) ") }.flatMap { Int($0.dropFirst(name.count + 1)) })
  }

  /// The peak of the device's memory, by epoch; nil for an empty cell.
  private func peaks(_ run: RunFiles) throws -> [Int?] {
    let rows = try run.metrics
    try #require(rows[0].last == "peak_device_bytes")
    return rows.dropFirst().map { $0.last.flatMap { Int($0) } }
  }

  /// `auto` takes the GPU and says so; losses are the CPU's; a checkpoint of the one is tested on the other. The peak of the
  /// device's memory is what the driver has given out.
  @Test func aRunOnTheGPUIsARunAsOnTheCPU() throws {
    let report = scratch.file("report")
    let run = try train(scratch.file("gpu"), "auto", [], ["SIMULATED_REPORT": report.path])
    try #require(run.status == 0, "\(run.errors)")
    #expect(run.errors.contains("machine  simulated device (cuda:0), fp32; "), "\(run.errors)")
    let (gpu, cpu) = (RunFiles(scratch.file("gpu")), RunFiles(scratch.file("cpu")))
    #expect(try train(cpu.url, "cpu").status == 0)
    for (a, b) in zip(try losses(gpu), try losses(cpu)) { #expect(abs(a - b) < 1e-3 * b, "\(a), CPU \(b)") }
    let part = try gpu.summary.run.parts.array[0]
    #expect(part.device.string == "cuda:0" && part.model.string?.contains("simulated") == true)
    #expect(try cpu.summary.run.parts.array[0].device.string == "cpu")
    let peak = try count("peak", in: report)
    #expect(try peaks(gpu) == [peak, peak] && gpu.summary.peak_device_bytes.int == peak)
    let plan = try BuiltProgram.run(
      [
        "plan", "--config", sample.configuration, "--device", "cuda", "--size", "32", "--batch-size", "4",
        "--json",
      ],
      environment: environment())
    #expect(try JSON(data: Data(plan.output.utf8)).training_memory.device.total.int == peak)
    #expect(try cpu.metrics[0].last == "learning_rate")
    for checkpoint in [gpu, cpu] {
      let (there, here) = (try testLoss(checkpoint, "cuda"), try testLoss(checkpoint, "cpu"))
      #expect(abs(there - here) < 1e-4 * here, "\(there), CPU \(here)")
    }
    let resumed = try train(gpu.url, "cpu", ["--resume"], epochs: 3)
    #expect(resumed.status == 0)
    #expect(resumed.errors.contains("note: simulated device (cuda:0) computed the run so far; cpu goes on"))
    #expect(try peaks(gpu) == [peak, peak, nil] && gpu.summary.peak_device_bytes.int == peak)
  }

  /// In the second epoch the device is lost, which ends the run with 76, or another fault ends it with 1. The run then goes
  /// on to the same bits.
  ///
  /// The fault comes at a share of the calls or launches that the second epoch adds. A thread of its own still reads the
  /// first checkpoint while this epoch begins.
  @Test func aFaultLeavesTheCheckpoint() throws {
    let reports = try ["one", "straight"].enumerated().map { number, name in
      let report = scratch.file("report-\(name)")
      let result = try train(
        scratch.file(name), "cuda", ["--quiet"], ["SIMULATED_REPORT": report.path], epochs: number + 1)
      try #require(result.status == 0, "\(result.errors)")
      return report
    }
    let whole = RunFiles(scratch.file("straight"))
    for (fault, counter, share, status) in [
      ("LOSE_DEVICE", "calls", 0.7, Int32(76)), ("FAIL_LAUNCH", "launches", 0.02, 1),
    ] {
      let counts = try reports.map { try count(counter, in: $0) }
      let number = counts[0] + Int(share * Double(counts[1] - counts[0]))
      let run = RunFiles(scratch.file(fault))
      let broken = try train(run.url, "cuda", ["--quiet"], ["SIMULATED_\(fault)": "\(number)"])
      #expect(
        broken.status == status && broken.errors.split(separator: "\n").count == 1, "\(broken.errors)")
      #expect(try run.checkpoint("last").contents.progress.epoch == 1, "\(fault)")
      let rest = try train(run.url, "cuda", ["--quiet", "--resume"])
      #expect(rest.status == 0, "\(rest.errors)")
      #expect(try differences(whole.checkpoint("last"), run.checkpoint("last")) == [], "\(fault)")
      #expect(try whole.metricsWithoutTimes == run.metricsWithoutTimes, "\(fault)")
    }
  }

  /// Networks of a GPU in files of weights, in a late pair, and as a beginning: each as on the CPU.
  @Test func filesAreForEitherDevice() throws {
    func run(_ arguments: [String]) throws -> String {
      let result = try BuiltProgram.run(arguments + ["--quiet"], environment: environment())
      try #require(result.status == 0, "\(arguments): \(result.errors)")
      return result.output
    }
    for sensor in ["s1", "s2"] {
      let set = ["--quiet", "--set", "model.sensors=\(sensor)"]
      let result = try train(scratch.file(sensor), "cuda", set, epochs: 1)
      try #require(result.status == 0, "\(result.errors)")
    }
    let pair = ["--checkpoint-s1", scratch.file("s1").path, "--checkpoint-s2", scratch.file("s2").path]
    let losses = try ["cuda", "cpu"].map { device in
      let json = try run(["test", "--device", device, "--json"] + pair + sample.places)
      return try #require(try JSON(data: Data(json.utf8)).loss.double)
    }
    #expect(abs(losses[0] - losses[1]) < 1e-4 * losses[1], "\(losses)")

    let (weights, imported) = (scratch.file("w.safetensors").path, scratch.file("w.h5").path)
    _ = try run(["export", "--checkpoint", scratch.file("s2").path, "--out", weights])
    _ = try run(["import", "--weights", weights, "--out", imported])
    let begun = try ["cuda", "cpu"].map { device in
      let folder = scratch.file("from-\(device)")
      let set = ["--quiet", "--set", "model.sensors=s2", "--init-from", imported]
      let result = try train(folder, device, set, epochs: 1)
      try #require(result.status == 0, "\(result.errors)")
      return try self.losses(RunFiles(folder))[0]
    }
    #expect(abs(begun[0] - begun[1]) < 1e-3 * begun[1], "\(begun)")
    #expect(try begun[0] < self.losses(RunFiles(scratch.file("s2")))[0])
  }

  /// What is missing is said in one line before the run begins, and no folder is left.
  @Test(arguments: [
    (["SIMULATED_MEMORY": "60000000"], "GPU memory"), (["SIMULATED_CUDNN": "8500"], "cuDNN"),
    (["SIMULATED_DEVICES": "0"], "cuda:0: there is no GPU"),
    (["CUDA_VISIBLE_DEVICES": ""], "there is no GPU"),
    (["FUSIONCTL_CUDA_LIBS": "/nowhere"], "libcuda.so.1"),
  ])
  func whatIsMissingIsSaid(_ environment: [String: String], _ text: String) throws {
    let out = scratch.file("run")
    let result = try train(out, "cuda", ["--quiet"], environment)
    #expect(result.status == 1 && result.errors.split(separator: "\n").count == 1, "\(result.errors)")
    #expect(result.errors.contains(text), "\(result.errors)")
    #expect(!FileManager.default.fileExists(atPath: out.path))
  }
}
