import Basics
import CPUEngine
import Foundation
import Networks
import SimulatedGPU
import Testing

@testable import CUDAEngine

/// The losses of a longer training on the GPU engine, whose libraries are simulated, beside the CPU's in float32.
///
/// The suite compares two precisions, `scripts/study/gpu_parity.sh` all of them or those of `FUSIONCTL_GPU_PARITY`.
@Suite struct SimulatedLossTests {
  private static let steps = 50

  private static let study = ProcessInfo.processInfo.environment["FUSIONCTL_GPU_PARITY"]

  private static let precisions: [Precision] = {
    guard let study else { return [.fp32, .fp16] }
    let chosen = study.split(separator: ",").compactMap { Precision(rawValue: String($0)) }
    return study == "all" ? [.fp32, .tf32, .bf16, .fp16] : chosen
  }()

  private static func losses(
    _ device: any Device, _ request: NetworkRequest, _ precision: Precision,
    _ batches: SimulatedNetworkTests.Batches
  ) throws -> [Double] {
    var request = request
    request.precision = precision
    let executor = try device.executor(request, ranks: OneProcess())
    var losses: [Double] = []
    try executor.state.initialise(seed: 8)
    for step in 0..<steps {
      let numbers = StepNumbers(step, learningRate: 0.01, samples: batches.count)
      if let result = try executor.train(batches[step], numbers) { losses += result.losses }
    }
    if let result = try executor.finish() { losses += result.losses }
    #expect(losses.count == steps && executor.state.steps == steps)
    return losses
  }

  /// Relative differences of the losses.
  private struct Differences {
    /// The largest, the root of the mean square, and the difference of the means.
    let largest, typical, mean: Double

    init(_ losses: [Double], _ exact: [Double], _ name: String) {
      let each = zip(losses, exact).map { abs($0 - $1) / abs($1) }
      largest = each.max()!
      typical = (each.reduce(0) { $0 + $1 * $1 } / Double(each.count)).squareRoot()
      mean = abs(losses.reduce(0, +) / exact.reduce(0, +) - 1)
      guard study != nil else { return }
      print("error|\(name)|thin|50 losses|\(largest)\nerror|\(name)|thin|mean of 50|\(mean)")
    }
  }

  /// In float32 all losses are within 1e-3.
  ///
  /// Single losses of shorter types are further apart, because a rounding that changes the sign of a ReLU input changes all
  /// later steps. The CPU's losses in float32 differ by up to 8.4e-2 when its images are moved by 2⁻¹². So the differences
  /// are compared with those of the CPU's bfloat16. Means have the bound of a loss in `PrecisionCaseTests`.
  @Test func lossesFollowTheCPUs() throws {
    var request = SimulatedNetworkTests.request(.middle(stage: 2, weights: [1, 1]))
    request.rule = .sgd(momentum: 0.9, weightDecay: 1e-3)
    let batches = try SimulatedNetworkTests.Batches(request.inference[3]!, steps: Self.steps)
    let cpu = CPUDevice(threads: 2)
    let exact = try Self.losses(cpu, request, .fp32, batches)
    let rounded = Differences(try Self.losses(cpu, request, .bf16Emulated, batches), exact, "CPU, bf16")
    try SimulatedGPU.exclusive { [request] environment in
      let device = try SimulatedNetworkTests.device(environment)
      for precision in Self.precisions {
        let losses = try Self.losses(device, request, precision, batches)
        let found = Differences(losses, exact, precision.rawValue)
        if precision == .fp32 {
          #expect(found.largest < 1e-3, "\(found)")
        } else {
          #expect(
            found.mean < 1.5e-2 && found.typical < 2 * rounded.typical, "\(precision.rawValue): \(found)")
        }
      }
    }
  }
}
