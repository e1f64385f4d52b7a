import Foundation
import SimulatedGPU
import TestSupport
import Testing

/// `gpucheck` and `scripts/gpu/check.sh` on the simulated libraries.
@Suite struct GPUCheckTests {
  /// Tests hide all GPUs; these show the simulated one.
  private static let environment = SimulatedGPU.environment.merging(["CUDA_VISIBLE_DEVICES": "0"]) { $1 }

  /// Runs the program.
  private func check(_ arguments: String, _ environment: [String: String] = [:]) throws -> BuiltProgram.Result
  {
    try ShellRun.run(
      "'\(BuiltProgram.url(of: "gpucheck").path)' \(arguments)",
      environment: Self.environment.merging(environment) { $1 }, limit: 300)
  }

  /// Wrong numbers, failures of the device and missing libraries are found, each with its own status.
  @Test func whatFailsIsToldAndDecidesTheStatus() throws {
    let failing = try check("operations --seconds 1", ["SIMULATED_FAIL_LAUNCH": "3"])
    #expect(failing.status == 1 && failing.output.contains("FAILED"), "\(failing.output)")
    let lost = try check("operations", ["SIMULATED_LOSE_DEVICE": "60"])
    #expect(lost.status == 76 && lost.errors.contains("was lost"), "\(lost.errors)")
    let missing = try check("facts", ["SIMULATED_DEVICES": "0"])
    #expect(missing.status == 1 && missing.output.contains("there is no cuda:0"), "\(missing.output)")
    let other = try check("speed --gpu 3")
    #expect(other.status == 1 && other.errors.contains("cuda:3"), "\(other.errors)")
    for wrong in ["speeed", "--batch 0", "--precision fp31", "--gpu"] {
      #expect(try check(wrong).status == 64, "\(wrong)")
    }
  }

  @Test func theTimeLimitLeavesChecksOut() throws {
    let run = try check("operations networks --quick --seconds 1")
    #expect(run.status == 0, "\(run.output)\n\(run.errors)")
    #expect(run.output.contains("not run: the time is over"))
  }

  /// All sections pass. The script tells of each part and ends with a table; a missing PyTorch is no failure.
  @Test func theScriptRunsOnTheSimulatedDevice() throws {
    let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..").standardized
    let run = try ShellRun.run(
      "OUT=out bash '\(root.appending(path: "scripts/gpu/check.sh").path)' --quick --seconds 200; status=$?; "
        + "cat out/*.err >&2; ls out; cat out/operations.md out/networks.md out/training.md; exit $status",
      environment: Self.environment.merging([
        "GPUCHECK": BuiltProgram.url(of: "gpucheck").path, "FUSIONCTL": BuiltProgram.url.path,
        "PYTHON": "/bin/false",
      ]) { $1 }, limit: 300)
    #expect(run.status == 0, "\(run.output)\n\(run.errors)")
    for part in [
      "facts", "operations", "networks", "training", "passes", "speed-1", "speed-2", "bench", "cpu",
    ] {
      #expect(run.output.contains("| \(part) | ok |"), "\(part)")
    }
    for part in ["pytorch-eager", "pytorch-compiled"] {
      #expect(run.output.contains("| \(part) | skipped: no Python |"), "\(part)")
    }
    #expect(run.output.contains("| fusionctl, first time | fp32 | 2 |"))
    #expect(run.output.contains("table.md") && run.output.contains("The GPU is simulated"))
    #expect(!run.output.contains("not run: ") && !run.output.contains("FAILED"))
    for operation in ["convolution 7×7/2", "two batch norms", "max pool", "dropout", "cross entropy"] {
      for precision in ["fp32", "tf32", "bf16", "fp16"] {
        let pattern = try Regex("\\| \(operation)[^|]* \\| \(precision) \\|.*\\| ok \\|")
        #expect(run.output.contains(pattern), "\(operation), \(precision)")
      }
    }
    for fusion in ["one sensor", "early", "middle", "late separate", "late joint"] {
      #expect(run.output.contains("| ResNet18/4 \(fusion)"), "\(fusion)")
    }
    for network in [
      "ResNet18/8 stem 3x3 middle, three sensors", "ResNet18/8 middle, gated",
      "ResNet18/8 late, class_weights",
      "VGG16_bn/4", "DenseNet121/8", "DFN/4",
    ] {
      #expect(run.output.contains("| \(network)"), "\(network)")
    }
    for comparison in ["without a CUDA graph", "stopped after 2 steps and resumed", "memory low"] {
      #expect(run.output.contains("| \(comparison)"), "\(comparison)")
    }
  }
}
