import Basics

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// NVIDIA's libraries as this process has loaded them: the driver, the run-time compiler NVRTC, and cuDNN.
package struct CUDALibraries: Sendable {
  let driver: CUDADriver
  /// Kernels that were prepared do without it.
  let nvrtc: Loaded<NVRTC>
  let cudnn: CUDNN
  /// What was found, for reports: "driver 13.0 (/usr/lib/x86_64-linux-gnu/libcuda.so.1)".
  package let versions: [Found]

  /// A library with its version and the path that it was loaded from.
  package struct Found: Equatable, Sendable {
    package let name: String
    package let version: String
    package let path: String

    package var text: String { "\(name) \(version) (\(path))" }
  }

  /// Loads all of them.
  /// - Throws: `InputError` (environment) that names the library that is missing or too old, where it was looked for, and
  ///   what brings it. The absence of NVRTC is an error of a device that lacks kernels.
  package static func load(_ environment: [String: String] = ProcessInfo.processInfo.environment) throws
    -> CUDALibraries
  {
    let survey = CUDASurvey(environment)
    return CUDALibraries(
      driver: try survey.driver.get(), nvrtc: survey.nvrtc, cudnn: try survey.cudnn.get(),
      versions: survey.found)
  }
}
