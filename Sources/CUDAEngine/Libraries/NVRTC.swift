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

  /// Compiles a source for an architecture.
  /// - Parameter options: options of the compiler, the architecture included: "--gpu-architecture=sm_80".
  /// - Returns: the machine code ("cubin").
  /// - Throws: `InputError` (environment) with the first line of the compiler's log.
  func compile(_ source: String, name: String, options: [String]) throws -> [UInt8] {
    var program: fcu_nvrtc_program?
    try check(functions.nvrtcCreateProgram(&program, source, name, 0, nil, nil), name)
    defer { _ = functions.nvrtcDestroyProgram(&program) }
    let status = withCStrings(options) { functions.nvrtcCompileProgram(program, Int32(options.count), $0) }
    if status != 0 {
      let reason = log(program).split(separator: "\n").first.map(String.init) ?? errorText(status)
      throw InputError(
        .environment, "kernels of \(name)", "do not compile (NVRTC \(versionText): \(reason))",
        remedy: "use CUDA 11.2 to 13, or compute on the CPU: --device cpu")
    }
    var size = 0
    try check(functions.nvrtcGetCUBINSize(program, &size), name)
    var cubin = [UInt8](repeating: 0, count: size)
    try cubin.withUnsafeMutableBytes {
      try check(functions.nvrtcGetCUBIN(program, $0.bindMemory(to: CChar.self).baseAddress), name)
    }
    return cubin
  }

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
