import Foundation
import SimulatedGPU
import Testing

@testable import CUDAEngine

/// A test finds the simulated device as it is after a start, whatever tests before it have left.
@Suite struct EarlierObjectTests {
  /// Everything that a program makes on the device.
  private static func objects(_ environment: [String: String]) throws -> [Any] {
    let program = try SimulatedProgram(environment)
    let (stream, x, y) = (try program.stream(), try program.memory(8), try program.memory(8))
    let graph = try stream.capture { try program.double(x.address, y.address, 8, in: stream) }
    let placed = try ConvolutionProblem.small.placed(program, in: stream)
    return [program, stream, x, y, graph, placed, try program.event(), try program.locked([1])]
  }

  /// They may be destroyed when the next test has begun: before the driver starts, or beside that test's own objects.
  @Test(arguments: [false, true]) func objectsMayBeDestroyedLate(isStarted: Bool) throws {
    var earlier: [Any] = []
    try SimulatedGPU.exclusive { environment in earlier = try Self.objects(environment) }
    try #require(earlier.count == 8)
    try SimulatedGPU.exclusive { environment in
      if !isStarted { earlier = [] }
      let program = try SimulatedProgram(environment)
      let stream = try program.stream()
      let (x, y) = (try program.upload([1, 2, 3], in: stream), try program.memory(3))
      let before = (SimulatedGPU.bytes, SimulatedGPU.liveHandles, SimulatedGPU.count(.calls))
      earlier = []
      #expect(before == (SimulatedGPU.bytes, SimulatedGPU.liveHandles, SimulatedGPU.count(.calls)))
      try program.double(x.address, y.address, 3, in: stream)
      #expect(try program.download(3, from: y.address, in: stream) == [2, 4, 6])
      withExtendedLifetime(x) {}
    }
  }

  /// A thread has the context of its own test only.
  @Test func aContextOfBeforeIsNotCurrent() throws {
    var earlier: SimulatedProgram?
    try SimulatedGPU.exclusive { environment in earlier = try SimulatedProgram(environment) }
    let complaint = SimulatedGPU.complaint { environment in
      _ = earlier?.functions.cuInit(0)
      _ = earlier?.functions.cuCtxSynchronize()
    }
    #expect(complaint?.contains("cuCtxSynchronize without a current context") == true)
  }

  @Test func aComplaintNamesItsTest() throws {
    let error = #expect(throws: SimulatedGPU.Complaint.self) {
      try SimulatedGPU.exclusive { environment in
        _ = try CUDALibraries.load(environment).driver.functions.cuCtxSynchronize()
      }
    }
    let text = error?.description ?? ""
    #expect(text.hasSuffix("EarlierObjectTests.swift, aComplaintNamesItsTest()"), "\(text)")
  }

  /// Linux gives a process 65530 mappings, fewer than the allocations of a run of all tests. Freed memory takes none.
  @Test func freedMemoryTakesNoMappings() throws {
    func mappings() throws -> Int {
      try String(contentsOfFile: "/proc/self/maps", encoding: .utf8).split(separator: "\n").count
    }
    try SimulatedGPU.exclusive { environment in
      let program = try SimulatedProgram(environment)
      let before = try mappings()
      for _ in 0..<500 {
        let (large, small) = (try program.temporary(2000), try program.temporary(1))
        withExtendedLifetime((large, small)) {}
      }
      #expect(try mappings() < before + 100)
    }
  }
}
