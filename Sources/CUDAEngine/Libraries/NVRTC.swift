import Basics
import CCUDA

/// NVIDIA's run-time compiler.
final class NVRTC: @unchecked Sendable {
  /// The functions never change after the library is loaded.
  private let functions: fcu_nvrtc
  let version: (major: Int, minor: Int)

  var versionText: String { "\(version.major).\(version.minor)" }

  init(_ functions: fcu_nvrtc) {
    self.functions = functions
    var (major, minor): (Int32, Int32) = (0, 0)
    _ = functions.nvrtcVersion(&major, &minor)
    version = (Int(major), Int(minor))
  }

  /// The architectures that it compiles for, e.g. 90 for sm_90; nil where it does not say (11.1).
  var architectures: [Int]? {
    var count: Int32 = 0
    guard let number = functions.nvrtcGetNumSupportedArchs, let list = functions.nvrtcGetSupportedArchs,
      number(&count) == 0
    else { return nil }
    var architectures = [Int32](repeating: 0, count: Int(count))
    return list(&architectures) == 0 ? architectures.map { Int($0) } : nil
  }

  /// The newest architecture whose machine code runs on a GPU: its own, or one of the same major and a smaller minor
  /// number.
  /// - Throws: `InputError` (environment) where there is none.
  func architecture(for capability: (major: Int, minor: Int)) throws(InputError) -> String {
    let own = capability.major * 10 + capability.minor
    guard let architectures else { return "sm_\(own)" }
    if let best = architectures.filter({ $0 / 10 == capability.major && $0 <= own }).max() {
      return "sm_\(best)"
    }
    throw InputError(
      .environment, "NVRTC \(versionText)",
      "compiles for sm_\(architectures.min() ?? 0) to sm_\(architectures.max() ?? 0), not for sm_\(own)",
      remedy: own < (architectures.min() ?? 0) ? "load CUDA 12.9 or older" : "load a newer CUDA")
  }

  /// Why it does not serve a GPU; nil where it does. CUDA 12.9 is the last for GPUs before sm_75.
  func refusal(of capability: (major: Int, minor: Int), _ name: String) -> InputError? {
    if (capability.major, capability.minor) < (7, 5), version.major >= 13 {
      return InputError(
        .environment, "NVRTC \(versionText)",
        "no longer supports \(name) (sm_\(capability.major)\(capability.minor))",
        remedy: "load CUDA 12.9 or older")
    }
    do {
      _ = try architecture(for: capability)
      return nil
    } catch {
      return error
    }
  }

  /// Machine code ("cubin"), and the compiler's log.
  typealias Compiled = (code: [UInt8], log: String)

  /// Compiles a source for an architecture.
  /// - Parameter options: options of the compiler, the architecture included: "--gpu-architecture=sm_80".
  /// - Throws: `InputError` (environment) with the first line of the compiler's log.
  func compile(_ source: String, name: String, options: [String]) throws -> Compiled {
    var program: fcu_nvrtc_program?
    try check(functions.nvrtcCreateProgram(&program, source, name, 0, nil, nil), name)
    defer { _ = functions.nvrtcDestroyProgram(&program) }
    let status = withCStrings(options) { functions.nvrtcCompileProgram(program, Int32(options.count), $0) }
    let log = log(program)
    if status == Self.builtinsFailure {
      throw InputError(
        .environment, "NVRTC \(versionText)",
        "cannot open its second library, libnvrtc-builtins.so.\(versionText)",
        remedy: "name the folder of that file in \(LibrarySearch.variable): it comes with NVRTC")
    }
    if status != 0 {
      let reason = log.split(separator: "\n").first.map(String.init) ?? errorText(status)
      throw InputError(
        .environment, "kernels of \(name)", "do not compile (NVRTC \(versionText): \(reason))",
        remedy: "use CUDA 11.1 to 13, or compute on the CPU: --device cpu")
    }
    var size = 0
    try check(functions.nvrtcGetCUBINSize(program, &size), name)
    var cubin = [UInt8](repeating: 0, count: size)
    try cubin.withUnsafeMutableBytes {
      try check(functions.nvrtcGetCUBIN(program, $0.bindMemory(to: CChar.self).baseAddress), name)
    }
    return (cubin, log)
  }

  /// The status of a compilation for which the second library is missing.
  private static let builtinsFailure: Int32 = 7

  private func log(_ program: fcu_nvrtc_program?) -> String {
    var size = 0
    guard functions.nvrtcGetProgramLogSize(program, &size) == 0, size > 1 else { return "" }
    var buffer = [CChar](repeating: 0, count: size)
    _ = functions.nvrtcGetProgramLog(program, &buffer)
    return text(buffer)
  }

  private func errorText(_ status: Int32) -> String {
    functions.nvrtcGetErrorString(status).map { String(cString: $0) } ?? "error \(status)"
  }

  private func check(_ status: Int32, _ name: String) throws {
    guard status != 0 else { return }
    throw InputError(
      .environment, "kernels of \(name)", "NVRTC \(versionText) failed (\(errorText(status)))",
      remedy: "compute on the CPU: --device cpu")
  }
}

/// Calls `body` with an array of C strings.
private func withCStrings<Result>(
  _ strings: [String], _ body: (UnsafePointer<UnsafePointer<CChar>?>) -> Result
) -> Result {
  func nested(_ rest: ArraySlice<String>, _ pointers: [UnsafePointer<CChar>?]) -> Result {
    guard let first = rest.first else {
      return pointers.withUnsafeBufferPointer { body($0.baseAddress!) }
    }
    return first.withCString { nested(rest.dropFirst(), pointers + [$0]) }
  }
  return nested(strings[...], [])
}
