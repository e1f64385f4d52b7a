import Basics
import CCUDA
import SimulatedGPU

@testable import CUDAEngine

/// A small program on the simulated GPU: its libraries, a context and kernels. What it makes exists until the test ends.
struct SimulatedProgram {
  let libraries: CUDALibraries
  let context: CUDAContext
  let kernels: KernelModules

  var functions: fcu_driver { libraries.driver.functions }

  /// - Parameter cache: the folder of compiled kernels.
  init(_ environment: [String: String], cache: String = "\(SimulatedGPU.folder)/cubins") throws {
    libraries = try CUDALibraries.load(environment)
    let facts = try GPUFacts(libraries.driver, number: 0)
    context = try CUDAContext(libraries.driver, number: 0)
    kernels = try KernelModules(
      context,
      KernelCompiler(libraries.nvrtc, capability: facts.capability, cache: CubinCache(folder: cache)))
    // A module cannot be loaded while a stream is captured.
    _ = try kernels.function("combine_f32")
  }

  func stream() throws -> CUDAStream { SimulatedGPU.keep(try CUDAStream(on: context)) }
  func event() throws -> CUDAEvent { SimulatedGPU.keep(try CUDAEvent(on: context)) }

  /// Memory of the device for float32 numbers.
  func memory(_ count: Int) throws -> DeviceMemory { SimulatedGPU.keep(try temporary(count)) }

  /// The same, freed when nothing refers to the object.
  func temporary(_ count: Int) throws -> DeviceMemory {
    try DeviceMemory(4 * count, on: context, for: "a test")
  }

  /// Locked memory with numbers.
  func locked(_ values: [Float]) throws -> PinnedMemory {
    let memory = SimulatedGPU.keep(try PinnedMemory(4 * values.count, on: context, for: "a test"))
    memory.fill(values)
    return memory
  }

  /// Queues y = 2 x.
  func double(_ x: fcu_address, _ y: fcu_address, _ count: Int, in stream: CUDAStream) throws {
    try stream.launch(
      kernels.function("combine_f32"), "combine_f32",
      PackedArguments([
        .address(x), .address(0), .address(y), .count(count), .float(2), .float(0), .int(0),
      ]), .pass(count: count))
  }

  /// Copies numbers to the device and waits.
  /// - Parameter memory: where they go; nil for new memory.
  func upload(_ values: [Float], to memory: DeviceMemory? = nil, in stream: CUDAStream) throws -> DeviceMemory
  {
    let memory = try memory ?? self.memory(values.count)
    let locked = try locked(values)
    try stream.copy(4 * values.count, from: locked.pointer, to: memory.address, "a test")
    try stream.synchronise("a test")
    return memory
  }

  /// Copies a struct of the kernels to the device and waits.
  func upload<Value: BitwiseCopyable>(value: Value, in stream: CUDAStream) throws -> DeviceMemory {
    let bytes = MemoryLayout<Value>.size
    let memory = SimulatedGPU.keep(try DeviceMemory(bytes, on: context, for: "a test"))
    let locked = SimulatedGPU.keep(try PinnedMemory(bytes, on: context, for: "a test"))
    locked.pointer.storeBytes(of: value, as: Value.self)
    try stream.copy(bytes, from: locked.pointer, to: memory.address, "a test")
    try stream.synchronise("a test")
    return memory
  }

  /// Copies numbers from the device and waits.
  func download(_ count: Int, from address: fcu_address, in stream: CUDAStream) throws -> [Float] {
    let locked = try locked([Float](repeating: 0, count: count))
    try stream.copy(4 * count, from: address, to: locked.pointer, "a test")
    try stream.synchronise("a test")
    return locked.floats(count)
  }

  /// Waits for everything that is queued, so that its memory may be freed.
  func finish() throws { try libraries.driver.check(functions.cuCtxSynchronize(), "finishing a test") }
}

extension PinnedMemory {
  func fill(_ values: [Float]) {
    pointer.copyMemory(from: values, byteCount: 4 * values.count)
  }

  func floats(_ count: Int, from first: Int = 0) -> [Float] {
    let all = pointer.assumingMemoryBound(to: Float.self)
    return (first..<first + count).map { all[$0] }
  }
}
