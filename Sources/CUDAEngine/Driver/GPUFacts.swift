import Basics
import CCUDA

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// What a GPU is.
package struct GPUFacts: Sendable {
  /// Number of the GPU among those that `CUDA_VISIBLE_DEVICES` shows, from 0.
  package let number: Int
  /// "NVIDIA H100 80GB HBM3".
  package let name: String
  package let capability: (major: Int, minor: Int)
  package let bytes: Int
  package let multiprocessors: Int
  /// Its place in the machine: "0000:19:00.0".
  package let busID: String
  package let mode: ComputeMode

  /// How many processes a GPU serves at a time.
  package enum ComputeMode: Equatable, Sendable {
    case shared, exclusive, prohibited

    init(code: Int) {
      switch code {
      case FCU_COMPUTE_PROHIBITED: self = .prohibited
      // 1 was the exclusive mode of one thread, before CUDA 8.
      case FCU_COMPUTE_EXCLUSIVE, 1: self = .exclusive
      default: self = .shared
      }
    }
  }

  /// "sm_90".
  package var architecture: String { "sm_\(capability.major)\(capability.minor)" }

  /// Whether it is a part of a GPU, divided by MIG: "NVIDIA A100-SXM4-40GB MIG 1g.5gb".
  package var isPart: Bool { name.contains(" MIG ") }

  /// - Throws: `InputError` (environment) when there is no such GPU.
  init(_ driver: CUDADriver, number: Int) throws(InputError) {
    let functions = driver.functions
    let count = try Self.count(driver)
    guard number < count else { throw Self.absence(of: number, count) }
    self.number = number
    var device: fcu_device = 0
    func ask(_ code: Int32, _ what: String) throws(InputError) {
      try driver.check(code, "asking cuda:\(number) for its \(what)", isStart: true)
    }
    try ask(functions.cuDeviceGet(&device, Int32(number)), "handle")
    func attribute(_ attribute: Int, _ what: String) throws(InputError) -> Int {
      var value: Int32 = 0
      try ask(functions.cuDeviceGetAttribute(&value, Int32(attribute), device), what)
      return Int(value)
    }
    var name = [CChar](repeating: 0, count: 256)
    try ask(functions.cuDeviceGetName(&name, Int32(name.count), device), "name")
    self.name = text(name)
    var id = [CChar](repeating: 0, count: 32)
    try ask(functions.cuDeviceGetPCIBusId(&id, Int32(id.count), device), "place")
    busID = text(id)
    var bytes = 0
    try ask(functions.cuDeviceTotalMem_v2(&bytes, device), "memory")
    self.bytes = bytes
    capability = (
      try attribute(FCU_CAPABILITY_MAJOR, "capability"), try attribute(FCU_CAPABILITY_MINOR, "capability")
    )
    multiprocessors = try attribute(FCU_MULTIPROCESSORS, "multiprocessors")
    mode = ComputeMode(code: try attribute(FCU_COMPUTE_MODE, "compute mode"))
  }

  /// The error about a number that no GPU has, of `count` GPUs. The driver reads the variable in this process as well.
  private static func absence(of number: Int, _ count: Int) -> InputError {
    let variable = "CUDA_VISIBLE_DEVICES"
    let value = ProcessInfo.processInfo.environment[variable]
    let visible =
      switch count {
      case 0: "there is no GPU"
      case 1: "there is 1 GPU, numbered 0"
      default: "there are \(count) GPUs, numbered from 0"
      }
    let remedy =
      switch count {
      case 0:
        (value == nil ? "" : "correct \(variable), ")
          + "use a node with a GPU (Slurm: --gres=gpu:1), or compute on the CPU: --device cpu"
      case 1: "choose cuda:0"
      default: "choose cuda:0 to cuda:\(count - 1)"
      }
    return InputError(
      .environment, "cuda:\(number)", visible + (value.map { " (\(variable) is '\(shownName($0))')" } ?? ""),
      remedy: remedy)
  }

  /// Number of GPUs that this process may use: `CUDA_VISIBLE_DEVICES` hides others from the driver.
  static func count(_ driver: CUDADriver) throws(InputError) -> Int {
    let functions = driver.functions
    let code = functions.cuInit(0)
    if Int(code) == FCU_NO_DEVICE { return 0 }
    try driver.check(code, "starting the driver", isStart: true)
    var count: Int32 = 0
    try driver.check(functions.cuDeviceGetCount(&count), "counting GPUs", isStart: true)
    return Int(count)
  }

  /// Refuses a GPU that is closed or too old, and versions of libraries that do not serve it.
  /// - Throws: `InputError` (environment).
  func requireSupport(by libraries: CUDALibraries) throws(InputError) {
    if let fault = faults(libraries.nvrtc.library, libraries.cudnn).first { throw fault }
  }

  /// Why this GPU cannot be used with the libraries that are there; empty where it can.
  func faults(_ nvrtc: NVRTC?, _ cudnn: CUDNN?) -> [InputError] {
    if mode == .prohibited {
      return [
        InputError(
          .environment, "cuda:\(number)", "its compute mode allows no process to compute on it",
          remedy: "ask the administrator, or choose another GPU (--device cuda:N)")
      ]
    }
    guard (capability.major, capability.minor) >= (6, 0) else {
      return [
        InputError(
          .environment, "cuda:\(number)", "\(name) is \(architecture), but sm_60 (Pascal) or newer is needed",
          remedy: "choose another GPU, or compute on the CPU: --device cpu")
      ]
    }
    return [nvrtc?.refusal(of: capability, name), cudnn?.refusal(of: capability, name)].compactMap { $0 }
  }
}
