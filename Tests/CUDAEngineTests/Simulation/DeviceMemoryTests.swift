import Basics
import Foundation
import SimulatedGPU
import Testing

@testable import CUDAEngine

/// Memory of the simulated device: what it holds, where it ends, and what is counted.
@Suite struct DeviceMemoryTests {
  @Test func memoryBeginsAsNaNAndEndsAtAClosedPage() throws {
    try SimulatedGPU.exclusive { environment in
      let program = try SimulatedProgram(environment)
      let stream = try program.stream()
      let memory = try program.memory(64)
      #expect(try program.download(64, from: memory.address, in: stream).allSatisfy { $0.isNaN })
      // A pipe takes bytes only from memory that can be read.
      let pipe = Pipe()
      let end = try #require(UnsafeRawPointer(bitPattern: UInt(memory.address) + 256))
      #expect(write(pipe.fileHandleForWriting.fileDescriptor, end - 1, 1) == 1)
      #expect(write(pipe.fileHandleForWriting.fileDescriptor, end, 1) == -1 && errno == EFAULT)
    }
  }

  @Test func memoryIsNeverUsedAgain() throws {
    try SimulatedGPU.exclusive { environment in
      let program = try SimulatedProgram(environment)
      let addresses = try (0..<8).map { _ in try program.temporary(1000).address }
      #expect(Set(addresses).count == 8)
      for address in addresses {
        #expect(write(1, UnsafeRawPointer(bitPattern: UInt(address)), 1) == -1 && errno == EFAULT)
      }
    }
  }

  @Test func bytesAndHandlesAreCounted() throws {
    try SimulatedGPU.exclusive { environment in
      func use() throws {
        let program = try SimulatedProgram(environment)
        let before = SimulatedGPU.liveHandles
        let stream = try CUDAStream(on: program.context)
        let (a, b) = (try program.temporary(100), try program.temporary(25))
        let locked = try PinnedMemory(12, on: program.context, for: "a test")
        #expect(SimulatedGPU.bytes == 500 && SimulatedGPU.lockedBytes == 12)
        #expect(try program.context.memory().free == 4 << 30 - 500)
        try withExtendedLifetime((stream, a, b, locked)) {
          let placed = try ConvolutionProblem.small.placed(program, in: stream)
          #expect(SimulatedGPU.bytes > 500 && SimulatedGPU.liveHandles > before + 4)
          withExtendedLifetime(placed) {}
        }
      }
      try use()
      #expect(SimulatedGPU.bytes == 0 && SimulatedGPU.lockedBytes == 0 && SimulatedGPU.liveHandles == 0)
      let peak = SimulatedGPU.peakBytes
      #expect(peak > 500 && SimulatedGPU.count(.allocations) == 6 && SimulatedGPU.count(.launches) == 0)
    }
  }

  /// The message of a fault names the work that touched the memory.
  @Test func aKernelThatReadsBehindItsMemoryIsNamed() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      try SimulatedGPU.exclusive { environment in
        let program = try SimulatedProgram(environment)
        let (stream, memory, flags) = (try program.stream(), try program.memory(64), try program.memory(1))
        let kernel = try program.kernels.function("finite_flag")
        // What a process does at its end, it does not do after a fault.
        try FileManager.default.removeItem(atPath: SimulatedGPU.folder)
        try stream.launch(
          kernel, "finite_flag",
          PackedArguments([.address(memory.address), .count(65), .address(flags.address)]), .one)
        try stream.synchronise("a test")
      }
    }
    let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(text.contains("simulated device: finite_flag touches memory behind an allocation"), "\(text)")
  }
}
