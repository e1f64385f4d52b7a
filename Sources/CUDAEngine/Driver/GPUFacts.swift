import Basics
import CCUDA

/// What a GPU is.
package struct GPUFacts: Sendable {
  package let number: Int
  /// "NVIDIA H100 80GB HBM3".
  package let name: String
  package let capability: (major: Int, minor: Int)
  package let bytes: Int
  package let multiprocessors: Int
  /// Whether its compute mode allows only one process, or none.
  package let isExclusive, isProhibited: Bool

  /// - Throws: `InputError` (environment) when there is no such GPU.
  init(_ libraries: CUDALibraries, number: Int) throws {
    let driver = libraries.driver
    let functions = driver.functions
    let count = try Self.count(libraries)
    guard number < count else {
      throw InputError(
        .environment, "cuda:\(number)",
        count == 0 ? "there is no GPU" : "there are \(counted(count, "GPU")), numbered from 0",
        remedy: count == 0
          ? "use a node with a GPU, or compute on the CPU: --device cpu"
          : "choose cuda:0 to cuda:\(count - 1)")
    }
    self.number = number
    var device: fcu_device = 0
    try driver.check(functions.cuDeviceGet(&device, Int32(number)), "asking for cuda:\(number)")
    var name = [CChar](repeating: 0, count: 256)
    try driver.check(functions.cuDeviceGetName(&name, Int32(name.count), device), "asking for its name")
    self.name = text(name)
    var bytes = 0
    try driver.check(functions.cuDeviceTotalMem_v2(&bytes, device), "asking for its memory")
    self.bytes = bytes
    func attribute(_ attribute: Int) throws -> Int {
      var value: Int32 = 0
      try driver.check(
        functions.cuDeviceGetAttribute(&value, Int32(attribute), device), "asking for its facts")
      return Int(value)
    }
    capability = (
      try attribute(FCU_CAPABILITY_MAJOR), try attribute(FCU_CAPABILITY_MINOR)
    )
    multiprocessors = try attribute(FCU_MULTIPROCESSORS)
    let mode = try attribute(FCU_COMPUTE_MODE)
    isExclusive = mode == FCU_COMPUTE_EXCLUSIVE
    isProhibited = mode == FCU_COMPUTE_PROHIBITED
  }

  /// Number of GPUs that this process may use.
  static func count(_ libraries: CUDALibraries) throws -> Int {
    let functions = libraries.driver.functions
    let code = functions.cuInit(0)
    if Int(code) == FCU_NO_DEVICE { return 0 }
    try libraries.driver.check(code, "starting the driver")
    var count: Int32 = 0
    try libraries.driver.check(functions.cuDeviceGetCount(&count), "counting GPUs")
    return Int(count)
  }

  /// Refuses versions that plan badly for the GPU without saying so, GPUs that are too old, and those that are closed.
  /// - Throws: `InputError` (environment).
  func requireSupport(by libraries: CUDALibraries) throws {
    let sm = "sm_\(capability.major)\(capability.minor)"
    guard !isProhibited else {
      throw InputError(
        .environment, "cuda:\(number)", "its compute mode allows no process to compute on it",
        remedy: "ask the administrator, or choose another GPU (--device cuda:N)")
    }
    guard (capability.major, capability.minor) >= (6, 0) else {
      throw InputError(
        .environment, "cuda:\(number)", "\(name) is \(sm), but sm_60 (Pascal) or newer is needed",
        remedy: "choose another GPU, or compute on the CPU: --device cpu")
    }
    guard (capability.major, capability.minor) < (7, 5) else { return }
    if libraries.nvrtc.version.major >= 13 {
      throw InputError(
        .environment, "NVRTC \(libraries.nvrtc.versionText)", "no longer supports \(name) (\(sm))",
        remedy: "load CUDA 12.9 or older")
    }
    if libraries.cudnn.version > .init(9, 10, 2) {
      throw InputError(
        .environment, "cuDNN \(libraries.cudnn.version)", "no longer supports \(name) (\(sm))",
        remedy: "load cuDNN 9.10.2 or older")
    }
  }
}
