import Basics
import CCUDA
import Networks
import Synchronization

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Plans networks for a model of GPU that need not be there, by the advice of a cuDNN that is. It needs no driver.
package final class ConvolutionPlanner: Sendable {
  package let model: GPUModel
  /// "9.10.2".
  package let version: String
  private let library: CUDNNHandle
  private let plans = Mutex<[PlanKey: ConvolutionPlan]>([:])

  private struct PlanKey: Hashable {
    let work: ConvolutionWork
    let type: ConvolutionType
  }

  /// - Throws: `InputError` (environment) when there is no cuDNN, or none that serves the model and plans without a GPU.
  package init(_ model: GPUModel, _ environment: [String: String] = ProcessInfo.processInfo.environment)
    throws(InputError)
  {
    self.model = model
    let cudnn = try CUDASurvey.loadCUDNN(LibrarySearch(environment), nil).library
    if let refusal = cudnn.refusal(of: model.capability, model.title) { throw refusal }
    version = "\(cudnn.version)"
    library = try CUDNNHandle(cudnn, for: model)
  }

  /// The plan of a pass of a convolution.
  /// - Throws: `InputError` (environment) where no engine of cuDNN fits.
  func plan(of work: ConvolutionWork, _ type: ConvolutionType) throws -> ConvolutionPlan {
    let key = PlanKey(work: work, type: type)
    return try plans.withLock { plans in
      if let plan = plans[key] { return plan }
      let plan = try ConvolutionPlan(work, type, on: library)
      plans[key] = plan
      return plan
    }
  }

  /// The memory of a network on the model.
  /// - Throws: `InputError` (environment) where no engine of cuDNN fits a convolution.
  package func plan(_ request: NetworkRequest) throws -> ExecutionPlan {
    try CUDAPlan(request) { try plan(of: $0.work, $0.type).workspace }.execution
  }
}
