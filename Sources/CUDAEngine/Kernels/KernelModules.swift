import Basics
import CCUDA

/// The kernels of the engine on one GPU. A unit of source is compiled when one of its kernels is first asked for.
final class KernelModules: @unchecked Sendable {
  /// Why compiled kernels are not kept on disk; nil where they are. The next run must then compile them again.
  var cacheFault: InputError? {
    lock.lock()
    defer { lock.unlock() }
    return storedFault
  }

  private let lock = Condition()
  private let context: CUDAContext
  private let compiler: KernelCompiler
  /// The unit that has each kernel.
  private let units: [String: KernelSource.Unit]
  private var modules: [String: fcu_module] = [:]
  private var functions: [String: fcu_function] = [:]
  private var storedFault: InputError?

  init(_ context: CUDAContext, _ compiler: KernelCompiler) {
    (self.context, self.compiler) = (context, compiler)
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
    lock.lock()
    defer { lock.unlock() }
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
    var code = try compiler.code(of: unit)
    try context.makeCurrent()
    var module: fcu_module?
    func load() -> Int32 {
      code.bytes.withUnsafeBytes { context.driver.functions.cuModuleLoadData(&module, $0.baseAddress) }
    }
    var status = load()
    // A file of the cache may be whole and yet no code for this driver: a simulated compiler has the same cache.
    if !code.isNew, [FCU_INVALID_IMAGE, FCU_NO_BINARY].contains(Int(status)),
      let anew = try compiler.codeAnew(of: unit)
    {
      code = anew
      status = load()
    }
    storedFault = storedFault ?? code.fault
    try context.driver.check(status, "loading the kernels of \(unit.name)")
    modules[unit.name] = module
    return module!
  }
}
