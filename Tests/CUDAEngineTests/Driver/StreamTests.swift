import Basics
import SimulatedGPU
import Testing

@testable import CUDAEngine

/// Streams, events and captured work, under every order in which a device may do the work of streams.
@Suite struct StreamTests {
  /// Two streams, memory of the device, and locked memory before and behind it.
  private final class Transfer {
    static let count = 1000
    let first, second: CUDAStream
    let source, target: PinnedMemory
    let memory: DeviceMemory
    private static let bytes = count * MemoryLayout<UInt32>.stride

    init(_ environment: [String: String]) throws {
      let context = try SimulatedContext.make(environment)
      first = try CUDAStream(on: context)
      second = try CUDAStream(on: context)
      source = try PinnedMemory(Self.bytes, on: context, for: "numbers")
      target = try PinnedMemory(Self.bytes, on: context, for: "results")
      memory = try DeviceMemory(Self.bytes, on: context, for: "numbers")
      fill(source, with: 0)
      fill(target, with: 0)
    }

    private func fill(_ memory: PinnedMemory, with value: UInt32) {
      memory.pointer.bindMemory(to: UInt32.self, capacity: Self.count).update(
        repeating: value, count: Self.count)
    }

    func set(_ value: UInt32) { fill(source, with: value) }

    /// The value of all results; nil where they differ.
    var result: UInt32? {
      let values = Set(
        UnsafeBufferPointer(
          start: target.pointer.assumingMemoryBound(to: UInt32.self), count: Self.count))
      return values.count == 1 ? values.first : nil
    }

    func upload(in stream: CUDAStream) throws {
      try stream.copy(Self.bytes, from: source.pointer, to: memory.address, "copying numbers")
    }

    func download(in stream: CUDAStream) throws {
      try stream.copy(Self.bytes, from: memory.address, to: target.pointer, "reading results")
    }

    func clear(in stream: CUDAStream) throws {
      try stream.fill(Self.bytes, at: memory.address, with: 0, "clearing numbers")
    }
  }

  @Test(arguments: SimulatedGPU.Order.allCases)
  func aStreamWaitsForAnother(order: SimulatedGPU.Order) throws {
    try SimulatedGPU.exclusive(order) { environment in
      let transfer = try Transfer(environment)
      let uploaded = try CUDAEvent(on: transfer.first.context)
      transfer.set(7)
      try transfer.upload(in: transfer.first)
      try uploaded.record(in: transfer.first)
      try transfer.second.wait(for: uploaded)
      try transfer.download(in: transfer.second)
      try transfer.second.synchronise("waiting for results")
      #expect(transfer.result == 7)
      try transfer.first.synchronise("ending")
    }
  }

  @Test(arguments: SimulatedGPU.Order.allCases)
  func workOfAStreamIsDoneInOrder(order: SimulatedGPU.Order) throws {
    try SimulatedGPU.exclusive(order) { environment in
      let transfer = try Transfer(environment)
      transfer.set(7)
      try transfer.upload(in: transfer.first)
      try transfer.clear(in: transfer.first)
      try transfer.download(in: transfer.first)
      try transfer.first.synchronise("waiting for results")
      #expect(transfer.result == 0)
    }
  }

  @Test(arguments: SimulatedGPU.Order.allCases)
  func capturedWorkIsDoneAtEveryLaunch(order: SimulatedGPU.Order) throws {
    try SimulatedGPU.exclusive(order) { environment in
      let transfer = try Transfer(environment)
      transfer.set(3)
      let graph = try transfer.first.capture {
        try transfer.upload(in: transfer.first)
        try transfer.download(in: transfer.first)
      }
      try transfer.first.synchronise("waiting for nothing")
      #expect(transfer.result == 0, "a capture does no work")
      for value in [4, 5] as [UInt32] {
        transfer.set(value)
        try graph.launch(in: transfer.first)
        try transfer.first.synchronise("waiting for a step")
        #expect(transfer.result == value)
      }
    }
  }

  @Test func aCaptureThatFailsLeavesTheStreamUsable() throws {
    struct Failure: Error {}
    try SimulatedGPU.exclusive { environment in
      let transfer = try Transfer(environment)
      #expect(throws: Failure.self) { _ = try transfer.first.capture { throw Failure() } }
      transfer.set(9)
      try transfer.upload(in: transfer.first)
      try transfer.download(in: transfer.first)
      try transfer.first.synchronise("waiting for results")
      #expect(transfer.result == 9)
    }
  }

  @Test func memoryIsGivenBack() throws {
    try SimulatedGPU.exclusive { environment in
      let context = try SimulatedContext.make(environment)
      let before = try context.memory().free
      do {
        let memory = try DeviceMemory(4096, on: context, for: "numbers")
        #expect(SimulatedGPU.bytes == memory.bytes)
      }
      #expect(SimulatedGPU.bytes == 0)
      #expect(try context.memory().free == before)
    }
  }
}
