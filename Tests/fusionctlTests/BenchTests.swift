import CAllocations
import Foundation
import SimulatedGPU
import TestSupport
import Testing

/// `bench`: the document and its figures, without looking at times.
@Suite struct BenchTests {
  private static let small = [
    "bench", "--set", "model.architecture=resnet18", "--size", "32", "--repeats", "2",
  ]

  private func document(_ arguments: String...) throws -> JSON {
    try JSON(data: Data(TrainedRun.succeed(Self.small + ["--json"] + arguments).utf8))
  }

  @Test func aTrainingStep() throws {
    let document = try document("--only", "step", "--batch-size", "4", "--threads", "2")
    let seconds = document.trainStepSeconds
    let (best, median) = (try #require(seconds.best.double), try #require(seconds.median.double))
    #expect(best > 0 && best <= median)
    #expect(seconds.all.doubles.count == 2 && seconds.all.doubles.min() == best)
    let rate = try #require(document.imagesPerSecond.train.double)
    #expect(abs(rate * median - 4) < 1e-9)
    #expect(!document.evalStepSeconds.exists && !document.kernels.exists && !document.data.exists)

    // The optimizer is outside the program; all kinds together are a step.
    let kinds = document.trainStepKinds.array
    #expect(kinds.contains { $0.kind.string == "optimizer" })
    #expect(kinds.contains { $0.kind.string == "convolution, gradient of the weight" })
    #expect(kinds.allSatisfy { $0.seconds.double! >= 0 })

    // Values, gradients and the two moments of Adam are there at least.
    let floats = 4 * 11_209_738
    #expect(try #require(document.peakResidentBytes.int) > 4 * floats)
    #expect(document.trainSteady.steps.int == 2)
    #expect(try #require(document.trainSteady.poolSections.int) > 2 * 50)
    #expect(try #require(document.machine.peakFLOPS.double) > 1e8)
    #expect(document.machine.threads.int == 2 && document.machine.openBLASCore.string?.isEmpty == false)
    #expect(document.network.fusion.string == "early" && document.network.batchSize.int == 4)
    #expect(document.network.sensors.array.compactMap(\.bands.int) == [10, 2])
  }

  /// A GPU has no peak that is measured, no threads and no OpenBLAS; its instructions are timed apart from the steps.
  @Test func aGPU() throws {
    let arguments = Self.small + ["--device", "cuda", "--batch-size", "2"]
    let environment = SimulatedGPU.environment.merging(["CUDA_VISIBLE_DEVICES": "0"]) { $1 }
    let text = try BuiltProgram.run(arguments + ["--only", "eval"], environment: environment)
    #expect(text.status == 0 && text.output.contains("simulated device (cuda:0, sm_90)"), "\(text)")
    #expect(text.output.contains("memory on cuda:0: planned ") && !text.output.contains("OpenBLAS"))
    let run = try BuiltProgram.run(arguments + ["--json", "--only", "step"], environment: environment)
    let document = try JSON(data: Data(run.output.utf8))
    #expect(document.machine.device.string == "cuda:0" && !document.machine.peakFLOPS.exists)
    #expect(document.trainStepSeconds.all.doubles.count == 2)
    #expect(document.trainStepSeconds.all.doubles.allSatisfy { $0 > 0 })
    #expect(document.trainStepKinds.array.contains { $0.kind.string == "optimizer and copies" })
    #expect(try #require(document.plannedDeviceBytes.int) > 16 * 11_209_738)
  }

  /// Steps that are under way allocate nothing, whatever computes.
  @Test(arguments: [
    ["--kernels", "auto"], ["--kernels", "blas"], ["--set", "memory=low"], ["--precision", "bf16-emulated"],
    ["--set", "model.architecture=resnet50"], ["--set", "model.fusion=middle"],
    ["--set", "training.optimizer=sgd"],
  ])
  func steadyStepsAllocateNothing(arguments: [String]) throws {
    for part in ["step", "eval"] {
      let document = try JSON(
        data: Data(
          TrainedRun.succeed(
            Self.small + ["--json", "--only", part, "--batch-size", "2", "--threads", "2"] + arguments
          ).utf8))
      let steady = part == "step" ? document.trainSteady : document.evalSteady
      #if canImport(Glibc)
        #expect(steady.allocations.int == 0, "\(part)")
      #endif
    }
  }

  @Test func allocationsAreCounted() throws {
    ma_count()
    let before = ma_allocations()
    try withExtendedLifetime(ScratchFolder()) {}
    #if canImport(Glibc)
      #expect(ma_allocations() > before)
    #endif
  }

  @Test func oneThreadHasNoForks() throws {
    let steady = try document("--only", "eval", "--batch-size", "2", "--threads", "1").evalSteady
    #expect(steady.poolSections.int == 0 && steady.poolSleeps.int == 0)
  }

  /// The peak of the whole process is what was planned, to 5 %, and without gradients of all parameters.
  @Test(
    .enabled(
      if: FileManager.default.fileExists(atPath: "/proc/self/status"), "peak memory is read from /proc"))
  func memoryModes() throws {
    let documents = try ["balanced", "low"].map {
      try document("--only", "step", "--batch-size", "4", "--threads", "2", "--memory", $0)
    }
    let peaks = try documents.map { document in
      let (peak, planned) = (
        try #require(document.peakResidentBytes.double), try #require(document.plannedPeakBytes.double)
      )
      #expect(abs(peak - planned) <= 0.05 * planned, "peak \(peak), planned \(planned)")
      return peak
    }
    // The arena holds some of them at a time.
    #expect(peaks[1] < peaks[0] - 0.7 * 4 * 11_209_738)
    #expect(documents.map(\.network.memory.string) == ["balanced", "low"])
    let kinds = documents[1].trainStepKinds.array
    #expect(kinds.count { $0.kind.string == "optimizer" } == 1)
    #expect(kinds.first { $0.kind.string == "optimizer" }?.seconds.double ?? 0 > 0)
  }

  /// Every convolution of ResNet18 occurs once in each pass, the first one without gradient of its input.
  @Test func kernels() throws {
    let document = try document("--only", "kernels", "--batch-size", "2")
    let kernels = document.kernels.array
    func calls(_ pass: String) -> Int {
      kernels.filter { $0.pass.string == pass }.compactMap(\.calls.int).reduce(0, +)
    }
    #expect(calls("forward") == 20 && calls("evaluation") == 20 && calls("weight gradient") == 20)
    #expect(calls("input gradient") == 19)
    #expect(
      kernels.allSatisfy { $0.bestSeconds.double! > 0 && $0.bestSeconds.double! <= $0.medianSeconds.double! })
    let stem = try #require(kernels.first { $0.window.string == "7×7/2" })
    #expect(stem.input.ints == [2, 32, 32, 12] && stem.output.ints == [2, 16, 16, 64])
    #expect(stem.flops.int == 2 * 2 * 16 * 16 * 64 * 49 * 12)
    #expect(!document.trainStepSeconds.exists && !document.evalStepSeconds.exists)
  }

  @Test func evaluationOptimizerAndData() throws {
    let evaluation = try document(
      "--only", "eval", "--batch-size", "2", "--precision", "bf16-emulated")
    #expect(evaluation.network.precision.string == "bf16-emulated")
    #expect(try #require(evaluation.evalStepSeconds.best.double) > 0 && !evaluation.trainStepSeconds.exists)
    let optimizer = try document("--only", "optimizer").optimizer
    #expect(optimizer.bytes.int! >= 4 * 7 * 11_209_738 && optimizer.seconds.best.double! > 0)
    let data = try document("--only", "data", "--batch-size", "8")
    #expect(data.data.patches.int == 72 && data.data.isSynthetic.bool == true)
    #expect(try #require(data.patchesPerSecond.double) > 0)
  }

  /// The head line names the network and the size of the images, which a cropped patch, the data or the manifest tell.
  @Test func theHeadLine() throws {
    func head(_ more: [String]) throws -> String {
      let text = try TrainedRun.succeed(
        ["bench", "--only", "optimizer", "--repeats", "1", "--quiet"] + more)
      return text.split(separator: "\n").prefix(3).joined(separator: " ").split(separator: " ").joined(
        separator: " ")
    }
    let small = "model.architecture=resnet18"
    let middle = try head([
      "--config", "middle", "--size", "48", "--set", small, "model.join=gated", "model.fusion_stages=1,2",
    ])
    #expect(
      middle.contains(
        "resnet18, head pooled, fusion middle after stages 1, 2, join gated, sensors s2 and s1, patches of 48×48"
      ),
      "\(middle)")
    #expect(try head(["--config", "eurosat", "--set", small]).contains("patches of 64×64 pixels"))
    let sample = try SampleData()
    #expect(try head(["--config", "s2", "--set", small] + sample.places).contains("patches of 32×32 pixels"))
  }

  @Test func everythingAsText() throws {
    let text = try TrainedRun.succeed(
      Self.small + ["--batch-size", "2", "--quiet", "--threads", "1", "--layers"])
    for part in [
      "training step", "evaluation", "weight gradient", "optimizer (adam)", "data: ", "peak memory",
    ] {
      #expect(text.contains(part))
    }
    let lines = text.split(separator: "\n")
    #expect(lines.allSatisfy { $0.count <= 80 }, "\(text)")
    #expect(text.contains("1 thread on ") && text.contains("effective GFLOP/s"))
    // Winograd's kernels do fewer operations than are counted: they have no share of the peak.
    let kernels = lines.filter { $0.hasPrefix("3×3 ") }
    #expect(kernels.contains { $0.hasSuffix("Winograd") } && kernels.contains { $0.hasSuffix("direct") })
    #expect(kernels.allSatisfy { $0.hasSuffix("Winograd") != $0.contains("%") })
    let short = try TrainedRun.succeed(Self.small + ["--batch-size", "2", "--quiet", "--only", "step"])
    #expect(!short.contains("outputs"))
  }

  @Test(arguments: [
    (["--only", "kernel"], "The value 'kernel' is invalid for '--only"),
    (["--repeats", "0"], "expected 1 to 10000"),
    (["--memory", "lo"], "memory is 'lo', expected one of balanced, low; did you mean 'low'?"),
    (["--size", "15"], "expected 16 to 65536 pixels"),
    (["--labels", "x"], "--labels needs --data"),
    (["--batch-size", "1000000000000"], "expected a whole number from 1 to 65536"),
    (["--config", "/absent.yaml"], "/absent.yaml: there is no such file; shipped ones: s1, "),
  ])
  func wrongUsage(arguments: [String], message: String) throws {
    let refused = try refusal(["bench"] + arguments)
    #expect(refused.status == 64 && refused.output.isEmpty)
    #expect(refused.lines.contains { $0.contains(message) }, "\(refused.lines)")
  }
}
