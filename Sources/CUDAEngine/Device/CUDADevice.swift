import Basics
import CCUDA
import Networks
import Synchronization

/// An NVIDIA GPU as a device.
package final class CUDADevice: Device {
  package let name: String
  package let threads = 1
  package let batchForm = BatchForm.floats
  package let threadCounts = ThreadCounts(sections: 0, sleeps: 0)

  let stream: CUDAStream
  let kernels: KernelModules
  private let library: CUDNNHandle
  private let facts: GPUFacts
  private let plans = Mutex<[PlanKey: ConvolutionPlan]>([:])

  private struct PlanKey: Hashable {
    let work: ConvolutionWork
    let type: CUDAType
  }

  /// Opens GPU `number` of those that `CUDA_VISIBLE_DEVICES` shows.
  /// - Throws: `InputError` (environment) when a library is missing, there is no such GPU, or versions do not fit.
  package convenience init(number: Int, _ libraries: CUDALibraries) throws {
    try self.init(number: number, libraries, cache: CubinCache())
  }

  init(number: Int, _ libraries: CUDALibraries, cache: CubinCache) throws {
    facts = try GPUFacts(libraries, number: number)
    try facts.requireSupport(by: libraries)
    let context = try CUDAContext(libraries.driver, number: number)
    name = "cuda:\(number)"
    stream = try CUDAStream(on: context)
    kernels = KernelModules(context, libraries.nvrtc, capability: facts.capability, cache: cache)
    library = try CUDNNHandle(libraries.cudnn, stream)
  }

  package var agreement: [(name: String, value: String)] { [("GPU", facts.name)] }

  package func require(_ precision: Precision) throws {
    guard precision == .fp32 else {
      throw InputError(
        .usage, "precision", "\(precision.rawValue) is not available on the GPU yet",
        remedy: "choose precision fp32")
    }
  }

  package func plan(_ request: NetworkRequest) throws -> ExecutionPlan { try cudaPlan(request).execution }

  func cudaPlan(_ request: NetworkRequest, recomputing recomputation: Recomputation? = nil) throws -> CUDAPlan
  {
    try CUDAPlan(request, recomputing: recomputation) { try plan(of: $0).workspace }
  }

  package func executor(_ request: NetworkRequest, ranks: any Communicator) throws -> any Executor {
    guard ranks.size == 1 else {
      throw InputError(
        .usage, "device", "\(name) trains in one process, but \(ranks.size) were started",
        remedy: "start one process, or choose device cpu")
    }
    return try CUDANetwork(cudaPlan(request), self)
  }

  package func facts(_ precision: Precision) -> DeviceFacts {
    DeviceFacts(
      instructions: "sm_\(facts.capability.major)\(facts.capability.minor)", kernels: "cuda",
      library: facts.name)
  }

  package func peakFLOPS(_ precision: Precision) throws -> Double {
    throw InputError(
      .environment, name, "its peak is not measured",
      remedy: "choose parts of 'bench' that need no peak: --only step")
  }

  /// The plan of a pass of a convolution, made when it is first asked for.
  func plan(of call: ConvolutionCall) throws -> ConvolutionPlan {
    let key = PlanKey(work: call.work, type: call.type)
    return try plans.withLock { plans in
      if let plan = plans[key] { return plan }
      let plan = try ConvolutionPlan(call.work, call.type, on: library)
      plans[key] = plan
      return plan
    }
  }

  /// Copies an array to the GPU and waits for it.
  func upload<Element: BitwiseCopyable>(_ elements: [Element], to address: fcu_address, _ purpose: String)
    throws
  {
    let bytes = elements.count * MemoryLayout<Element>.stride
    let room = try PinnedMemory(bytes, on: stream.context, for: purpose)
    elements.withUnsafeBytes { room.pointer.copyMemory(from: $0.baseAddress!, byteCount: bytes) }
    try stream.copy(bytes, from: room.pointer, to: address, purpose)
    try stream.synchronise(purpose)
  }
}
