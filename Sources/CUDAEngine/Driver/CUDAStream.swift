import Basics
import CCUDA

/// A queue of work on a GPU. Work of one stream is done in order; streams wait for each other by events only.
final class CUDAStream: @unchecked Sendable {
  let context: CUDAContext
  let handle: fcu_stream

  /// - Throws: `InputError` (environment) when the driver refuses it.
  init(on context: CUDAContext) throws {
    self.context = context
    try context.makeCurrent()
    var handle: fcu_stream?
    try context.driver.check(
      context.driver.functions.cuStreamCreate(&handle, UInt32(FCU_STREAM_NON_BLOCKING)), "making a stream")
    self.handle = handle!
  }

  deinit {
    try? context.makeCurrent()
    _ = context.driver.functions.cuStreamDestroy_v2(handle)
  }

  private var functions: fcu_driver { context.driver.functions }

  /// Queues a copy from memory that must stay unchanged until the copy is done.
  func copy(_ bytes: Int, from source: UnsafeRawPointer, to address: fcu_address, _ purpose: String) throws {
    try context.driver.check(functions.cuMemcpyHtoDAsync_v2(address, source, bytes, handle), purpose)
  }

  /// Queues a copy to memory that may be read when the copy is done.
  func copy(_ bytes: Int, from address: fcu_address, to target: UnsafeMutableRawPointer, _ purpose: String)
    throws
  {
    try context.driver.check(functions.cuMemcpyDtoHAsync_v2(target, address, bytes, handle), purpose)
  }

  /// Queues a copy within the GPU.
  func copy(_ bytes: Int, from source: fcu_address, to target: fcu_address, _ purpose: String) throws {
    try context.driver.check(functions.cuMemcpyDtoDAsync_v2(target, source, bytes, handle), purpose)
  }

  /// Queues a fill with bytes.
  func fill(_ bytes: Int, at address: fcu_address, with value: UInt8, _ purpose: String) throws {
    try context.driver.check(functions.cuMemsetD8Async(address, value, bytes, handle), purpose)
  }

  /// Makes later work of this stream wait for the event.
  func wait(for event: CUDAEvent) throws {
    try context.driver.check(
      functions.cuStreamWaitEvent(handle, event.handle, 0), "waiting for another stream")
  }

  /// Waits until all work of the stream is done.
  func synchronise(_ purpose: String) throws {
    try context.driver.check(functions.cuStreamSynchronize(handle), purpose)
  }

  /// Captures the work that `body` queues, without doing it.
  /// - Throws: what `body` throws; `InputError` (environment) for a call that cannot be captured.
  func capture(_ body: () throws -> Void) throws -> CapturedGraph {
    let driver = context.driver
    try driver.check(
      functions.cuStreamBeginCapture_v2(handle, Int32(FCU_CAPTURE_THREAD_LOCAL)),
      "beginning a capture")
    let result = Result { try body() }
    var graph: fcu_graph?
    let code = functions.cuStreamEndCapture(handle, &graph)
    defer { if let graph { _ = functions.cuGraphDestroy(graph) } }
    try result.get()
    try driver.check(code, "ending a capture")
    return try CapturedGraph(graph!, on: context)
  }
}

/// A mark in a stream that is reached when all work before it is done.
final class CUDAEvent: @unchecked Sendable {
  let handle: fcu_event
  private let context: CUDAContext

  /// - Parameter hasTimes: whether the GPU notes when the mark is reached.
  init(on context: CUDAContext, hasTimes: Bool = false) throws {
    self.context = context
    try context.makeCurrent()
    var handle: fcu_event?
    try context.driver.check(
      context.driver.functions.cuEventCreate(&handle, hasTimes ? 0 : UInt32(FCU_EVENT_WITHOUT_TIMES)),
      "making an event")
    self.handle = handle!
  }

  deinit {
    try? context.makeCurrent()
    _ = context.driver.functions.cuEventDestroy_v2(handle)
  }

  /// Puts the mark behind the work that the stream has now.
  func record(in stream: CUDAStream) throws {
    try context.driver.check(
      context.driver.functions.cuEventRecord(handle, stream.handle), "marking a place in a stream")
  }

  /// Seconds from another mark to this one. Both have times and are reached.
  func seconds(since other: CUDAEvent) throws -> Double {
    var milliseconds: Float = 0
    try context.driver.check(
      context.driver.functions.cuEventElapsedTime(&milliseconds, other.handle, handle),
      "asking for the time of a step")
    return Double(milliseconds) / 1000
  }

  /// Waits until the mark is reached.
  func synchronise(_ purpose: String) throws {
    try context.driver.check(context.driver.functions.cuEventSynchronize(handle), purpose)
  }
}

/// The work of a step, captured once and launched by one call.
final class CapturedGraph: @unchecked Sendable {
  private let handle: fcu_graph_exec
  private let context: CUDAContext

  fileprivate init(_ graph: fcu_graph, on context: CUDAContext) throws {
    self.context = context
    var handle: fcu_graph_exec?
    let functions = context.driver.functions
    let code =
      if let instantiate = functions.cuGraphInstantiateWithFlags {
        instantiate(&handle, graph, 0)
      } else {
        functions.cuGraphInstantiate_v2(&handle, graph, nil, nil, 0)
      }
    try context.driver.check(code, "making a graph of a step")
    self.handle = handle!
  }

  deinit {
    try? context.makeCurrent()
    _ = context.driver.functions.cuGraphExecDestroy(handle)
  }

  func launch(in stream: CUDAStream) throws {
    try context.driver.check(context.driver.functions.cuGraphLaunch(handle, stream.handle), "starting a step")
  }
}
