import Basics
import Foundation
import SimulatedGPU
import TestSupport
import Testing

@testable import CUDAEngine

/// What is said of NVIDIA's libraries that are absent, too old, or do not fit the GPU.
@Suite struct LibrariesTests {
  private func error(_ body: () throws -> Void) throws -> InputError {
    try #require(throws: InputError.self) { try body() }
  }

  @Test func absentLibrariesAreNamedWithTheirPlaces() throws {
    let scratch = try ScratchFolder()
    let error = try error { _ = try CUDALibraries.load(["FUSIONCTL_CUDA_LIBS": scratch.url.path]) }
    #expect(error.kind == .environment)
    #expect(error.problem.contains("libcuda.so.1") && error.problem.contains(scratch.url.path), "\(error)")
    #expect(error.remedy?.contains("--device cpu") == true)
  }

  @Test func aFileThatIsNoLibraryIsNamed() throws {
    let scratch = try ScratchFolder()
    let file = scratch.file("libcuda.so.1")
    try Data("text".utf8).write(to: file)
    let error = try error { _ = try CUDALibraries.load(["FUSIONCTL_CUDA_LIBS": scratch.url.path]) }
    #expect(error.subject == file.path && error.problem.hasPrefix("cannot be loaded"), "\(error)")
  }

  @Test func theSimulatedLibrariesAreFound() throws {
    try SimulatedGPU.exclusive { environment in
      let libraries = try CUDALibraries.load(environment)
      #expect(libraries.versions.map(\.name) == ["driver", "NVRTC", "cuDNN"])
      #expect(libraries.versions.map(\.version) == ["13.0", "12.9", "9.10.2"])
      let facts = try GPUFacts(libraries, number: 0)
      #expect(facts.name == "simulated device" && facts.capability == (9, 0))
      try facts.requireSupport(by: libraries)
    }
  }

  @Test func oldDriversAreRefused() throws {
    try SimulatedGPU.exclusive { environment in
      SimulatedGPU.set("simulated_set_driver_version", 10020)
      let error = try error { _ = try CUDALibraries.load(environment) }
      #expect(error.problem.contains("10.2, but 11.0"), "\(error)")
    }
  }

  @Test(arguments: [(13, 0, Int32(91002), "NVRTC 13.0"), (12, 9, 91100, "cuDNN 9.11.0")])
  func voltaNeedsOldLibraries(major: Int32, minor: Int32, cudnn: Int32, subject: String) throws {
    try SimulatedGPU.exclusive { environment in
      _ = try CUDALibraries.load(environment)
      SimulatedGPU.set("simulated_set_nvrtc_version", major, minor)
      SimulatedGPU.set("simulated_set_capability", 7, 0)
      SimulatedGPU.set("simulated_set_cudnn_version", cudnn)
      defer { SimulatedGPU.set("simulated_set_cudnn_version", 91002) }
      let libraries = try CUDALibraries.load(environment)
      let facts = try GPUFacts(libraries, number: 0)
      let error = try error { try facts.requireSupport(by: libraries) }
      #expect(error.subject == subject && error.problem.contains("sm_70"), "\(error)")
    }
  }

  @Test func absentAndClosedDevicesAreRefused() throws {
    try SimulatedGPU.exclusive { environment in
      let libraries = try CUDALibraries.load(environment)
      let absent = try error { _ = try GPUFacts(libraries, number: 3) }
      #expect(absent.subject == "cuda:3" && absent.problem.contains("1 GPU"), "\(absent)")
      SimulatedGPU.set("simulated_set_compute_mode", 2)
      let closed = try error { try GPUFacts(libraries, number: 0).requireSupport(by: libraries) }
      #expect(closed.problem.contains("compute mode"), "\(closed)")
      SimulatedGPU.set("simulated_set_devices", 0)
      let none = try error { _ = try GPUFacts(libraries, number: 0) }
      #expect(none.problem == "there is no GPU", "\(none)")
    }
  }

  @Test(arguments: [(8907, "8.9.7"), (91002, "9.10.2"), (91900, "9.19.0")])
  func versionsOfCUDNNAreRead(code: Int, text: String) {
    #expect(CUDNN.Version(code: code).description == text)
  }
}
