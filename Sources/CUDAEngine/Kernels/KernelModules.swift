import Basics
import CCUDA

/// The kernels of the engine on one GPU. A unit of source is compiled when one of its kernels is first asked for.
final class KernelModules: @unchecked Sendable {
  private let context: CUDAContext
  private let nvrtc: NVRTC
  private let cache: CubinCache
  private let architecture: String
  /// The unit that has each kernel.
  private let units: [String: KernelSource.Unit]
  private var modules: [String: fcu_module] = [:]
  private var functions: [String: fcu_function] = [:]

  /// - Parameter capability: of the GPU, e.g. 8 and 0.
  init(
    _ context: CUDAContext, _ nvrtc: NVRTC, capability: (major: Int, minor: Int),
    cache: CubinCache = CubinCache()
  ) {
    (self.context, self.nvrtc, self.cache) = (context, nvrtc, cache)
    architecture = "sm_\(capability.major)\(capability.minor)"
    units = KernelSource.units.reduce(into: [:]) { units, unit in
      for kernel in unit.kernels { units[kernel] = unit }
    }
  }

  deinit {
    try? context.makeCurrent()
    for module in modules.values { _ = context.driver.functions.cuModuleUnload(module) }
  }

  /// A kernel by its name.
  /// - Throws: `InputError` (environment) when its source does not compile or load on this GPU.
  func function(_ name: String) throws -> fcu_function {
    if let function = functions[name] { return function }
    guard let unit = units[name] else { preconditionFailure("no source has a kernel \(name)") }
    let module = try module(unit)
    var function: fcu_function?
    try context.driver.check(
      context.driver.functions.cuModuleGetFunction(&function, module, name), "looking for the kernel \(name)")
    functions[name] = function
    return function!
  }

  private func module(_ unit: KernelSource.Unit) throws -> fcu_module {
    if let module = modules[unit.name] { return module }
    let options = ["--gpu-architecture=\(architecture)", "--std=c++17", "--fmad=false"]
    let key = ([unit.text, nvrtc.versionText] + options).joined(separator: "\u{0}")
    let code = try cache.cubin(key) { try nvrtc.compile(unit.text, name: unit.name, options: options) }
    try context.makeCurrent()
    var module: fcu_module?
    try context.driver.check(
      code.withUnsafeBytes { context.driver.functions.cuModuleLoadData(&module, $0.baseAddress) },
      "loading the kernels of \(unit.name)")
    modules[unit.name] = module
    return module!
  }
}
