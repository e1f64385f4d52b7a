import Basics
import Networks

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// A model of GPU as a device that plans networks and computes nothing. It needs no GPU and no driver.
///
/// Where a cuDNN is at hand, the workspaces of convolutions are those that it plans for the model. Elsewhere they are not
/// counted.
package final class GPUForecast: Device {
  package let name: String
  package var model: String? { gpu.title }
  package let notes: [String] = []
  package let threads = 1
  package let batchForm = BatchForm.samples
  package let threadCounts = ThreadCounts(sections: 0, sleeps: 0)

  private let gpu: GPUModel
  private let planner: ConvolutionPlanner?
  private let workspaces: AcceleratorMemory.Workspaces

  /// - Parameter environment: leads to cuDNN, see `LibrarySearch`.
  package init(
    _ gpu: GPUModel, _ environment: [String: String] = ProcessInfo.processInfo.environment
  ) {
    (self.gpu, name) = (gpu, gpu.name)
    do {
      let planner = try ConvolutionPlanner(gpu, environment)
      (self.planner, workspaces) = (planner, .planned(by: "cuDNN \(planner.version)"))
    } catch {
      planner = nil
      let help = error.remedy.map { "; \($0)" } ?? ""
      workspaces = .uncounted("\(error.subject): \(error.problem)\(help)")
    }
  }

  package var agreement: [(name: String, value: String)] { [("GPU", gpu.title)] }

  package func require(_ precision: Precision) throws {
    try CUDADevice.require(precision, of: gpu.title, gpu.capability)
  }

  package func plan(_ request: NetworkRequest) throws -> ExecutionPlan {
    try planner?.plan(request) ?? CUDAPlan(request) { _ in 0 }.execution
  }

  package func memory() -> AcceleratorMemory? {
    AcceleratorMemory(
      total: gpu.bytes, free: gpu.bytes - CUDAPlan.overhead.context, overhead: CUDAPlan.overhead.libraries,
      forecast: workspaces)
  }

  package func executor(_ request: NetworkRequest, ranks: any Communicator) throws -> any Executor {
    throw computesNothing
  }

  package func facts(_ precision: Precision) -> DeviceFacts {
    DeviceFacts(
      instructions: "sm_\(gpu.capability.major)\(gpu.capability.minor)", kernels: "cuda", library: gpu.title)
  }

  package func peakFLOPS(_ precision: Precision) throws -> Double? { throw computesNothing }

  private var computesNothing: InputError {
    InputError(
      .usage, "device", "\(name) is a model of GPU, for which 'fusionctl plan' alone has a use",
      remedy: "choose device cuda on a machine with a GPU")
  }
}
