import Basics
import Foundation
import SimulatedGPU
import TestSupport
import Testing

@testable import CUDAEngine

/// Faults of the simulated device come when they were asked for, and as the errors that users see.
@Suite struct FaultTests {
  private func error(_ body: () throws -> Void) throws -> InputError {
    try #require(throws: InputError.self) { try body() }
  }

  @Test(arguments: 1...3) func oneAllocationFails(_ number: Int32) throws {
    try SimulatedGPU.exclusive { environment in
      let program = try SimulatedProgram(environment)
      SimulatedGPU.set("simulated_fail_allocation", number)
      for _ in 1..<number { _ = try program.memory(4) }
      let error = try error { _ = try program.memory(4) }
      #expect(error.kind == .environment && error.problem.contains("OUT_OF_MEMORY"), "\(error)")
      _ = try program.memory(4)
    }
  }

  @Test func memoryIsShort() throws {
    try SimulatedGPU.exclusive { environment in
      let program = try SimulatedProgram(environment)
      SimulatedGPU.set("simulated_set_memory", bytes: 1000)
      SimulatedGPU.set("simulated_set_taken", bytes: 500)
      let first = try program.memory(100)
      #expect(try program.context.memory() == (100, 1000))
      #expect(try error { _ = try program.memory(26) }.kind == .environment)
      withExtendedLifetime(first) {}
    }
  }

  @Test func oneLaunchFails() throws {
    try SimulatedGPU.exclusive { environment in
      let program = try SimulatedProgram(environment)
      let (stream, x) = (try program.stream(), try program.memory(8))
      SimulatedGPU.set("simulated_fail_launch", 2)
      func launch() throws { try program.double(x.address, x.address, 8, in: stream) }
      try launch()
      let error = try error { try launch() }
      #expect(error.kind == .environment && error.problem.contains("LAUNCH_OUT_OF_RESOURCES"), "\(error)")
      try launch()
      try program.finish()
      // A convolution is a launch as well.
      let convolution = try ConvolutionProblem.small.placed(program, in: stream)
      SimulatedGPU.set("simulated_fail_launch", 1)
      let refusal = try self.error { try convolution.bound.run() }
      #expect(refusal.problem.contains("EXECUTION_FAILED"))
      withExtendedLifetime(convolution) {}
    }
  }

  @Test(arguments: [(Int32(719), "LAUNCH_FAILED"), (214, "ECC_UNCORRECTABLE")])
  func theDeviceIsLost(code: Int32, name: String) throws {
    try SimulatedGPU.exclusive { environment in
      let program = try SimulatedProgram(environment)
      let stream = try program.stream()
      SimulatedGPU.set("simulated_set_loss", code)
      SimulatedGPU.set("simulated_lose_device", 2)
      try stream.synchronise("a test")
      for _ in 0..<3 {
        let error = try error { try stream.synchronise("a test") }
        #expect(error.kind == .lostDevice && error.problem.contains(name), "\(error)")
      }
    }
  }

  @Test func aCompilationFails() throws {
    try SimulatedGPU.exclusive { environment in
      let scratch = try ScratchFolder()
      let program = try SimulatedProgram(environment, cache: scratch.url.path)
      let before = SimulatedGPU.count(.compilations)
      SimulatedGPU.set("simulated_fail_compilation", 1)
      let error = try error { _ = try program.kernels.function("fill_u32") }
      #expect(error.problem.contains("this compilation was to fail"), "\(error)")
      _ = try program.kernels.function("fill_u32")
      #expect(SimulatedGPU.count(.compilations) == before + 2)
    }
  }

  /// NVRTC 13 does not know sm_70.
  @Test func anArchitectureIsUnknown() throws {
    try SimulatedGPU.exclusive { environment in
      let scratch = try ScratchFolder()
      SimulatedGPU.set("simulated_set_capability", 7, 0)
      let program = try SimulatedProgram(environment, cache: scratch.url.path)
      _ = try program.kernels.function("fill_u32")
      SimulatedGPU.set("simulated_set_nvrtc_version", 13, 0)
      let error = try error { _ = try program.kernels.function("linear_forward") }
      #expect(error.problem.contains("invalid value for --gpu-architecture"), "\(error)")
    }
  }

  @Test func anotherProcessHasTheDevice() throws {
    try SimulatedGPU.exclusive { environment in
      SimulatedGPU.set("simulated_set_compute_mode", 3)
      _ = try SimulatedProgram(environment)
      SimulatedGPU.set("simulated_set_in_use", 1)
      let error = try error { _ = try SimulatedProgram(environment) }
      #expect(error.problem.contains("in use by another process"), "\(error)")
    }
  }

  /// The environment steers a program by itself, and CUDA_VISIBLE_DEVICES hides devices.
  @Test func theEnvironmentSteersADevice() async {
    await #expect(processExitsWith: .success) {
      for (name, value) in [
        ("SIMULATED_CAPABILITY", "8.6"), ("SIMULATED_CUDNN", "8907"), ("SIMULATED_NVRTC", "11.8"),
        ("SIMULATED_DEVICES", "4"), ("CUDA_VISIBLE_DEVICES", "2,1,7,0"), ("SIMULATED_MEMORY", "1000"),
        ("SIMULATED_FAIL_ALLOCATION", "2"),
      ] {
        setenv(name, value, 1)
      }
      try SimulatedGPU.exclusive { environment in
        let libraries = try CUDALibraries.load(environment)
        #expect(libraries.versions.map(\.version) == ["13.0", "11.8", "8.9.7"])
        #expect(try GPUFacts.count(libraries.driver) == 2)
        let facts = try GPUFacts(libraries.driver, number: 1)
        #expect(facts.capability == (8, 6) && facts.bytes == 1000)
        let program = try SimulatedProgram(environment)
        let memory = try program.memory(1)
        #expect(throws: InputError.self) { _ = try program.memory(1) }
        withExtendedLifetime(memory) {}
      }
    }
  }
}
