import Basics
import CCUDA
import Networks
import Synchronization

/// An NVIDIA GPU as a device.
package final class CUDADevice: Device {
  package let name: String
  package var model: String? { facts.name }
  package let threads = 1
  package let batchForm = BatchForm.samples
  package let threadCounts = ThreadCounts(sections: 0, sleeps: 0)

  /// The stream that computes, and the stream that copies batches to the GPU meanwhile.
  let stream, copies: CUDAStream
  let kernels: KernelModules
  private let library: CUDNNHandle
  private let facts: GPUFacts
  private let plans = Mutex<[PlanKey: ConvolutionPlan]>([:])

  let options: CUDAOptions
  /// Device and versions by name, on which the numbers of convolutions depend.
  private let machine: [String: String]

  private struct PlanKey: Hashable {
    let work: ConvolutionWork
    let type: ConvolutionType
    /// The wanted engine; nil for the one that cuDNN advises.
    let engine: ConvolutionEngine?
  }

  /// Opens GPU `number` of those that `CUDA_VISIBLE_DEVICES` shows.
  /// - Throws: `InputError` (environment) when a library is missing, there is no such GPU, or versions do not fit.
  package convenience init(number: Int, _ libraries: CUDALibraries, options: CUDAOptions = .init()) throws {
    try self.init(number: number, libraries, cache: CubinCache(), options: options)
  }

  init(number: Int, _ libraries: CUDALibraries, cache: CubinCache, options: CUDAOptions = .init()) throws {
    self.options = options
    facts = try GPUFacts(libraries.driver, number: number)
    try facts.requireSupport(by: libraries)
    let context = try CUDAContext(libraries.driver, number: number)
    name = "cuda:\(number)"
    machine = EngineRecord.machine(facts, libraries)
    stream = try CUDAStream(on: context)
    copies = try CUDAStream(on: context)
    kernels = KernelModules(
      context, try KernelCompiler(libraries.nvrtc, capability: facts.capability, cache: cache))
    library = try CUDNNHandle(libraries.cudnn, stream)
  }

  /// Why compiled kernels are not kept, once there are any.
  package var notes: [String] {
    kernels.cacheFault.map { ["compiled kernels are not kept: \($0.subject): \($0.problem)"] } ?? []
  }

  package var agreement: [(name: String, value: String)] { [("GPU", facts.name)] }

  package func require(_ precision: Precision) throws {
    try Self.require(precision, of: facts.name, facts.capability)
  }

  /// Refuses a precision that a model of GPU does not have.
  static func require(_ precision: Precision, of model: String, _ capability: (major: Int, minor: Int)) throws
  {
    let available = Precision.allCases.filter { $0.leastCapability.map { capability >= $0 } ?? false }
    guard !available.contains(precision) else { return }
    let problem =
      precision.leastCapability.map {
        "is \(precision.rawValue), which needs sm_\($0.major)\($0.minor), but \(model) is "
          + "sm_\(capability.major)\(capability.minor)"
      } ?? "is \(precision.rawValue), which GPUs do not have"
    throw InputError(
      .usage, "precision", problem,
      remedy: "choose precision " + available.map(\.rawValue).joined(separator: " or "))
  }

  package func plan(_ request: NetworkRequest) throws -> ExecutionPlan { try cudaPlan(request).execution }

  func cudaPlan(_ request: NetworkRequest, recomputing recomputation: Recomputation? = nil) throws -> CUDAPlan
  {
    let earlier = request.choices.flatMap(EngineRecord.init(text:))
    // Engines of another machine mean nothing here.
    let usable = earlier?.machine == machine ? earlier : nil
    func convolution(_ call: ConvolutionCall) throws -> ConvolutionPlan {
      try self.plan(of: call, like: usable?.engine(of: call))
    }
    var plan = try CUDAPlan(request, recomputing: recomputation) { try convolution($0).workspace }
    var engines = EngineRecord(machine: machine)
    for call in plan.programs.flatMap(\.convolutions) { engines.add(call, try convolution(call)) }
    if request.choices != nil {
      plan.change = earlier.map { engines.change(from: $0) } ?? "what was chosen before cannot be read"
    }
    if let usable { engines.keep(usable) }
    plan.engines = engines
    return options.checksMemory ? plan.withBuffersApart : plan
  }

  package func memory() throws -> AcceleratorMemory? {
    let context = stream.context
    let (free, total) = try context.memory()
    return AcceleratorMemory(
      total: total, free: free, peak: context.peakBytes, overhead: CUDAPlan.overhead.libraries)
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
    DeviceFacts(instructions: instructions, kernels: "cuda", library: facts.name)
  }

  private var instructions: String { "sm_\(facts.capability.major)\(facts.capability.minor)" }

  package func peakFLOPS(_ precision: Precision) -> Double? { nil }

  /// The plan of a pass of a convolution, made when it is first asked for.
  /// - Parameter engine: the engine to take if cuDNN still offers it; nil for the one that it advises.
  func plan(of call: ConvolutionCall, like engine: ConvolutionEngine?) throws -> ConvolutionPlan {
    func key(_ engine: ConvolutionEngine?) -> PlanKey {
      PlanKey(work: call.work, type: call.type, engine: engine)
    }
    return try plans.withLock { plans in
      if let plan = plans[key(engine)] { return plan }
      let plan = try ConvolutionPlan(call.work, call.type, like: engine, on: library)
      (plans[key(engine)], plans[key(plan.engine)]) = (plan, plan)
      return plan
    }
  }

  /// Copies an array to the GPU and waits for it.
  func upload<Element: BitwiseCopyable>(_ elements: [Element], to address: fcu_address, _ purpose: String)
    throws
  {
    let bytes = elements.count * MemoryLayout<Element>.stride
    let room = try PinnedMemory(bytes, on: stream.context, for: purpose)
    try withExtendedLifetime(room) {
      elements.withUnsafeBytes { room.pointer.copyMemory(from: $0.baseAddress!, byteCount: bytes) }
      try stream.copy(bytes, from: room.pointer, to: address, purpose)
      try stream.synchronise(purpose)
    }
  }
}

extension Precision {
  /// The least compute capability of GPUs that have the precision in their matrix units; nil if none has it.
  fileprivate var leastCapability: (major: Int, minor: Int)? {
    switch self {
    case .fp32: (6, 0)
    case .fp16: (7, 0)
    case .tf32, .bf16: (8, 0)
    case .bf16Emulated: nil
    }
  }
}
