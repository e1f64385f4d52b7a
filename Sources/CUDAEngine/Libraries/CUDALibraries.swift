import Basics
import CCUDA
import Foundation

/// NVIDIA's libraries as this process has loaded them: the driver, the run-time compiler NVRTC, and cuDNN.
package struct CUDALibraries: Sendable {
  let driver: CUDADriver
  let nvrtc: NVRTC
  let cudnn: CUDNN
  /// What was found, for reports: "driver 13.0 (libcuda.so.1)".
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
  ///   what brings it.
  package static func load(_ environment: [String: String] = ProcessInfo.processInfo.environment) throws
    -> CUDALibraries
  {
    let search = LibrarySearch(environment)
    let driver = try loadDriver(search)
    let nvrtc = try loadNVRTC(search)
    let cudnn = try loadCUDNN(search)
    return CUDALibraries(
      driver: driver.value, nvrtc: nvrtc.value, cudnn: cudnn.value,
      versions: [driver.found, nvrtc.found, cudnn.found])
  }

  /// The driver of CUDA 11.0 is the oldest that has all functions.
  private static func loadDriver(_ search: LibrarySearch) throws -> (value: CUDADriver, found: Found) {
    let opened = try open("NVIDIA's driver", ["libcuda.so.1"], search, remedy: driverRemedy)
    var functions = fcu_driver()
    try require(fcu_load_driver(opened.library, &functions), opened, driverRemedy)
    var version: Int32 = 0
    _ = functions.cuDriverGetVersion(&version)
    let text = "\(version / 1000).\(version % 1000 / 10)"
    guard version >= 11000 else {
      throw tooOld("NVIDIA's driver", text, least: "11.0 (driver 450)", opened.path, driverRemedy)
    }
    return (CUDADriver(functions), Found(name: "driver", version: text, path: opened.path))
  }

  private static func loadNVRTC(_ search: LibrarySearch) throws -> (value: NVRTC, found: Found) {
    // Without its path some builds of NVRTC do not find their second library.
    for name in ["libnvrtc-builtins.so.13", "libnvrtc-builtins.so.12"] { _ = try? search.open([name]) }
    let opened = try open(
      "NVRTC", ["libnvrtc.so.13", "libnvrtc.so.12", "libnvrtc.so.11.2"], search, remedy: toolkitRemedy)
    var functions = fcu_nvrtc()
    try require(fcu_load_nvrtc(opened.library, &functions), opened, toolkitRemedy)
    let nvrtc = NVRTC(functions)
    guard (nvrtc.version.major, nvrtc.version.minor) >= (11, 2) else {
      throw tooOld("NVRTC", nvrtc.versionText, least: "11.2", opened.path, toolkitRemedy)
    }
    return (nvrtc, Found(name: "NVRTC", version: nvrtc.versionText, path: opened.path))
  }

  private static func loadCUDNN(_ search: LibrarySearch) throws -> (value: CUDNN, found: Found) {
    // cuDNN looks for this library by itself; where it lies in a folder of Python, only its path finds it.
    _ = try? search.open(["libcublasLt.so.13", "libcublasLt.so.12"])
    let opened = try open("cuDNN", ["libcudnn.so.9", "libcudnn.so.8"], search, remedy: cudnnRemedy)
    var functions = fcu_cudnn()
    try require(fcu_load_cudnn(opened.library, &functions), opened, cudnnRemedy)
    let cudnn = CUDNN(functions)
    guard cudnn.version >= .init(8, 6, 0) else {
      throw tooOld("cuDNN", "\(cudnn.version)", least: "8.6", opened.path, cudnnRemedy)
    }
    return (cudnn, Found(name: "cuDNN", version: "\(cudnn.version)", path: opened.path))
  }

  private static let driverRemedy =
    "use a node with a GPU and its driver, or compute on the CPU: --device cpu"
  private static let toolkitRemedy =
    "load a module of CUDA (module load CUDA), or install the Python package nvidia-cuda-nvrtc-cu12"
  private static let cudnnRemedy =
    "load a module of cuDNN (module load cuDNN), or install the Python package nvidia-cudnn-cu12"

  private static func open(
    _ title: String, _ names: [String], _ search: LibrarySearch, remedy: String
  ) throws -> LibrarySearch.Opened {
    do {
      if let opened = try search.open(names) { return opened }
    } catch {
      throw InputError(.environment, error.path, error.problem, remedy: remedy)
    }
    throw InputError(
      .environment, title, "no \(names.joined(separator: ", ")) was found in \(search.words)", remedy: remedy)
  }

  private static func require(
    _ missing: UnsafePointer<CChar>?, _ opened: LibrarySearch.Opened, _ remedy: String
  ) throws {
    guard let missing else { return }
    throw InputError(
      .environment, opened.path, "lacks the function \(String(cString: missing))", remedy: remedy)
  }

  private static func tooOld(
    _ title: String, _ version: String, least: String, _ path: String, _ remedy: String
  ) -> InputError {
    InputError(
      .environment, path, "is \(title) \(version), but \(least) or newer is needed", remedy: remedy)
  }
}
