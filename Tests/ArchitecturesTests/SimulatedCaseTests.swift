import Foundation
import Networks
import SimulatedGPU
import Testing

@testable import CUDAEngine

/// Whole networks on the GPU engine, whose libraries are simulated, against PyTorch in float64.
///
/// The limits are the CPU's: those of `ReferenceCaseTests` in float32, those of `PrecisionCaseTests` in the other
/// precisions.
///
/// The suite compares a few networks. `scripts/study/gpu_parity.sh` compares more: it sets `FUSIONCTL_GPU_PARITY` to
/// the precisions, separated by commas, or to `all`. Every comparison then prints its largest errors.
@Suite(.serialized) struct SimulatedCaseTests {
  /// The precisions of the GPU engine.
  private static let precisions: [Precision] = {
    do {
      return try SimulatedGPU.exclusive { environment in
        let device = try device(environment)
        return Precision.allCases.filter { (try? device.require($0)) != nil }
      }
    } catch {
      preconditionFailure("the simulated GPU cannot be opened: \(error)")
    }
  }()

  /// The networks of the suite: early fusion in float32, one sensor in the other precisions.
  private static func isInSuite(_ reference: ReferenceCase, _ precision: Precision) -> Bool {
    reference.name == (precision == .fp32 ? "resnet18_n12_bce_sgd" : "resnet18_n2_bce")
  }

  /// The networks of the study: every ResNet18, a deeper one, and a network that fuses in the middle.
  private static func isInStudy(_ reference: ReferenceCase) -> Bool {
    reference.network.backbone.name == "resnet18"
      || ["resnet50_n12_bce", "middle_dfnn1_bce"].contains(reference.name)
  }

  private static let study = ProcessInfo.processInfo.environment["FUSIONCTL_GPU_PARITY"]

  private static let runs: [(ReferenceCase, Precision)] = precisions.flatMap { precision in
    ReferenceCase.all.filter { reference in
      guard let study else { return isInSuite(reference, precision) }
      let chosen = study == "all" || study.split(separator: ",").contains { $0 == precision.rawValue }
      return chosen && isInStudy(reference)
    }.map { ($0, precision) }
  }

  private static func device(_ environment: [String: String]) throws -> CUDADevice {
    try CUDADevice(
      number: 0, CUDALibraries.load(environment), cache: CubinCache(folder: "\(SimulatedGPU.folder)/cubins"))
  }

  @Test(arguments: runs) func agreesWithPyTorch(_ reference: ReferenceCase, _ precision: Precision) throws {
    let comparison = try ReferenceComparison(reference)
    try SimulatedGPU.exclusive { environment in
      let run = try GPUReferenceRun(
        reference, target: comparison.expected["target"], precision: precision, on: Self.device(environment))
      if precision == .fp32 { try comparison.check(run) } else { try comparison.checkRounded(run) }
    }
    guard Self.study != nil else { return }
    for (quantity, error) in comparison.errors.largest {
      print("error|\(precision.rawValue)|\(reference.name)|\(quantity.rawValue)|\(error)")
    }
  }
}
