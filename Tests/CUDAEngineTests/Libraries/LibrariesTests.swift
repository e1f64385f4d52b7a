import Basics
import Foundation
import SimulatedGPU
import Testing

@testable import CUDAEngine

/// What is said of NVIDIA's libraries that are absent, too old, or do not fit the GPU.
@Suite struct LibrariesTests {
  private func error(_ body: () throws -> Void) throws -> InputError {
    try #require(throws: InputError.self) { try body() }
  }

  @Test func theSimulatedLibrariesAreFound() throws {
    try SimulatedGPU.exclusive { environment in
      let libraries = try CUDALibraries.load(environment)
      #expect(libraries.versions.map(\.name) == ["driver", "NVRTC", "cuDNN"])
      #expect(libraries.versions.map(\.version) == ["13.0", "12.9", "9.10.2"])
      let facts = try GPUFacts(libraries.driver, number: 0)
      #expect(facts.name == "simulated device" && facts.capability == (9, 0))
      try facts.requireSupport(by: libraries)
    }
  }

  @Test func oldDriversAreRefused() throws {
    try SimulatedGPU.exclusive { environment in
      SimulatedGPU.set("simulated_set_driver_version", 10020)
      let error = try error { _ = try CUDALibraries.load(environment) }
      #expect(
        error.problem == "is NVIDIA's driver for CUDA 10.2, but CUDA 11.0 (driver 450) or newer is needed",
        "\(error)")
    }
  }

  @Test func aCompilerThatIsNewerThanTheDriverIsRefused() throws {
    try SimulatedGPU.exclusive { environment in
      SimulatedGPU.set("simulated_set_driver_version", 12040)
      SimulatedGPU.set("simulated_set_nvrtc_version", 13, 0)
      let survey = CUDASurvey(environment)
      let error = try #require(survey.nvrtc.fault)
      #expect(
        error.problem == "is NVRTC 13.0 for CUDA 13, but the driver supports CUDA up to 12.4", "\(error)")
      // The other libraries are there, so a device tells of it.
      let libraries = try CUDALibraries.load(environment)
      let refusal = try self.error {
        _ = try CUDADevice(number: 0, libraries, cache: CubinCache(folder: "/nowhere"))
      }
      #expect(refusal.problem == error.problem && refusal.remedy?.contains("doctor --prepare") == true)
      #expect(survey.found.map(\.name) == ["driver", "cuDNN"] && survey.faults == [error])
    }
  }

  @Test func oldCompilersAndConvolutionsAreRefused() throws {
    try SimulatedGPU.exclusive { environment in
      SimulatedGPU.set("simulated_set_nvrtc_version", 11, 0)
      SimulatedGPU.set("simulated_set_cudnn_version", 8500)
      #expect(
        CUDASurvey(environment).faults.map(\.problem) == [
          "is NVRTC 11.0, but 11.1 or newer is needed", "is cuDNN 8.5.0, but 8.6 or newer is needed",
        ])
    }
  }

  /// Versions of NVRTC and cuDNN on a GPU.
  struct Versions: Sendable {
    let capability, nvrtc: (Int32, Int32)
    let cudnn: Int32
    /// The library that does not serve the GPU; nil where both do.
    let refused: String?
  }

  /// CUDA 12.9 and cuDNN 9.10.2 are the last for sm_60 and sm_70.
  @Test(
    arguments: [
      Versions(capability: (6, 0), nvrtc: (11, 1), cudnn: 8600, refused: nil),
      Versions(capability: (7, 0), nvrtc: (12, 9), cudnn: 91002, refused: nil),
      Versions(capability: (6, 0), nvrtc: (13, 0), cudnn: 91002, refused: "NVRTC 13.0"),
      Versions(capability: (7, 0), nvrtc: (13, 0), cudnn: 91002, refused: "NVRTC 13.0"),
      Versions(capability: (6, 0), nvrtc: (12, 9), cudnn: 91003, refused: "cuDNN 9.10.3"),
      Versions(capability: (7, 0), nvrtc: (12, 9), cudnn: 91100, refused: "cuDNN 9.11.0"),
      Versions(capability: (7, 5), nvrtc: (13, 0), cudnn: 91900, refused: nil),
      Versions(capability: (9, 0), nvrtc: (13, 0), cudnn: 91900, refused: nil),
    ])
  func oldDevicesNeedOldLibraries(versions: Versions) throws {
    try SimulatedGPU.exclusive { environment in
      SimulatedGPU.set("simulated_set_capability", versions.capability.0, versions.capability.1)
      SimulatedGPU.set("simulated_set_nvrtc_version", versions.nvrtc.0, versions.nvrtc.1)
      SimulatedGPU.set("simulated_set_cudnn_version", versions.cudnn)
      let libraries = try CUDALibraries.load(environment)
      let facts = try GPUFacts(libraries.driver, number: 0)
      guard let refused = versions.refused else { return try facts.requireSupport(by: libraries) }
      let error = try error { try facts.requireSupport(by: libraries) }
      #expect(
        error.subject == refused && error.problem.contains(facts.architecture) && error.remedy != nil,
        "\(error)")
    }
  }

  /// cuDNN would end the process at its first plan.
  @Test func withoutCUBLASLtThereIsNoCUDNN() throws {
    try SimulatedGPU.exclusive { environment in
      SimulatedGPU.set("simulated_set_cudnn_cuda", 7050)
      let survey = CUDASurvey(environment)
      let fault = try #require(survey.cudnn.fault)
      #expect(fault.subject == "cuBLASLt" && fault.problem.contains("no libcublasLt.so.7"), "\(fault)")
      #expect(fault.problem.contains(SimulatedGPU.folder) && fault.remedy?.contains("nvidia-cublas") == true)
    }
  }

  @Test func convolutionsForANewerCUDAAreRefused() throws {
    try SimulatedGPU.exclusive { environment in
      SimulatedGPU.set("simulated_set_driver_version", 12040)
      SimulatedGPU.set("simulated_set_cudnn_cuda", 13000)
      #expect(
        CUDASurvey(environment).cudnn.fault?.problem
          == "is cuDNN 9.10.2 for CUDA 13, but the driver supports CUDA up to 12.4")
    }
  }

  @Test func absentAndClosedDevicesAreRefused() throws {
    try SimulatedGPU.exclusive { environment in
      let libraries = try CUDALibraries.load(environment)
      let absent = try error { _ = try GPUFacts(libraries.driver, number: 3) }
      #expect(absent.subject == "cuda:3" && absent.problem.contains("1 GPU"), "\(absent)")
      SimulatedGPU.set("simulated_set_compute_mode", 2)
      let closed = try error { try GPUFacts(libraries.driver, number: 0).requireSupport(by: libraries) }
      #expect(closed.problem.contains("compute mode"), "\(closed)")
      SimulatedGPU.set("simulated_set_devices", 0)
      let none = try error { _ = try GPUFacts(libraries.driver, number: 0) }
      #expect(none.problem == "there is no GPU", "\(none)")
    }
  }

  @Test(arguments: [(8907, "8.9.7"), (91002, "9.10.2"), (91900, "9.19.0")])
  func versionsOfCUDNNAreRead(code: Int, text: String) {
    #expect(CUDNN.Version(code: code).description == text)
  }
}
