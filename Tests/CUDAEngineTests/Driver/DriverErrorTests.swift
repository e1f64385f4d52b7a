import Basics
import SimulatedGPU
import Testing

@testable import CUDAEngine

/// What the failures of the driver mean for a run.
@Suite struct DriverErrorTests {
  @Test(arguments: [46, 214, 220, 226, 700, 702, 709, 710, 714, 719, 911, 999] as [Int32])
  func aLostDeviceRequeuesTheJob(code: Int32) throws {
    try SimulatedGPU.exclusive { environment in
      let error = try CUDALibraries.load(environment).driver.error(code, "copying a batch")
      #expect(error.kind == .lostDevice && error.kind.exitStatus == 76)
      #expect(error.problem.hasPrefix("was lost while copying a batch ("))
    }
  }

  /// The same codes mean a busy GPU or a faulty installation before the GPU is in use.
  @Test(arguments: [46, 999] as [Int32])
  func nothingIsLostAtTheStart(code: Int32) throws {
    try SimulatedGPU.exclusive { environment in
      let error = try CUDALibraries.load(environment).driver.error(code, "starting", isStart: true)
      #expect(error.kind == .environment)
    }
  }

  @Test(arguments: [1, 2, 200, 400, 500] as [Int32])
  func otherFailuresEndTheRun(code: Int32) throws {
    try SimulatedGPU.exclusive { environment in
      let error = try CUDALibraries.load(environment).driver.error(code, "starting a step")
      #expect(error.kind == .environment && error.kind.exitStatus == 1)
      #expect(error.problem.contains("starting a step") && error.remedy != nil)
    }
  }

  @Test func tooLittleMemoryNamesWhatItWasFor() throws {
    try SimulatedGPU.exclusive { environment in
      let context = try SimulatedContext.make(environment)
      SimulatedGPU.set("simulated_fail_allocation", 1)
      let error = try #require(throws: InputError.self) {
        _ = try DeviceMemory(1 << 20, on: context, for: "parameters")
      }
      #expect(
        error.subject == "GPU memory" && error.problem.contains("parameters, 1048576 bytes"), "\(error)")
      #expect(error.remedy?.contains("--batch-size") == true)
      #expect(SimulatedGPU.bytes == 0)
    }
  }

  @Test func aDeviceIsLostAtACall() throws {
    try SimulatedGPU.exclusive { environment in
      let stream = try CUDAStream(on: SimulatedContext.make(environment))
      SimulatedGPU.set("simulated_lose_device", 1)
      let error = try #require(throws: InputError.self) { try stream.synchronise("waiting for a step") }
      #expect(error.kind == .lostDevice && error.problem.contains("waiting for a step"), "\(error)")
    }
  }
}

/// The simulated device, opened.
enum SimulatedContext {
  static func make(_ environment: [String: String]) throws -> CUDAContext {
    let driver = try CUDALibraries.load(environment).driver
    _ = try GPUFacts(driver, number: 0)
    return try CUDAContext(driver, number: 0)
  }
}
