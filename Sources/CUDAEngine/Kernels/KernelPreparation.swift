import Basics

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Compiles all kernels in advance, so that no run waits for the compiler. It needs NVRTC, but no GPU.
package struct KernelPreparation: Sendable {
  /// The kernels of one architecture.
  package struct Step: Equatable, Sendable {
    /// "sm_90".
    package let architecture: String
    /// Number of files that were compiled now, and of those that the cache had.
    package let compiled, present: Int
  }

  package let steps: [Step]
  /// Where the compiled kernels lie.
  package let folder: String

  /// The GPUs of data centres.
  private static let common: [(major: Int, minor: Int)] = [
    (6, 0), (7, 0), (7, 5), (8, 0), (8, 6), (8, 9), (9, 0), (10, 0),
  ]

  /// Compiles all kernels that the cache lacks.
  /// - Parameters:
  ///   - numbers: architectures, 90 for sm_90. Without any, kernels are made for the GPUs of this machine. Where there is
  ///     none, as on a login node, they are made for every common GPU that this NVRTC supports.
  ///   - report: called after each architecture.
  /// - Throws: `InputError` (environment) when NVRTC is missing, a source does not compile, or the folder cannot be written.
  package init(
    _ environment: [String: String] = ProcessInfo.processInfo.environment, for numbers: [Int] = [],
    report: (Step) -> Void = { _ in }
  ) throws {
    let search = LibrarySearch(environment)
    let driver = try? CUDASurvey.loadDriver(search).library
    let loaded = Loaded<NVRTC> { () throws(InputError) in try CUDASurvey.loadNVRTC(search, driver) }
    let nvrtc = try loaded.get()
    let cache = CubinCache(environment)
    guard let folder = cache.folder else { throw CubinCache.noFolder }
    self.folder = folder
    var steps: [Step] = []
    for capability in try numbers.isEmpty ? Self.capabilities(driver, nvrtc) : numbers.map(Self.capability) {
      let compiler = try KernelCompiler(loaded, capability: capability, cache: cache)
      guard !steps.contains(where: { $0.architecture == compiler.architecture }) else { continue }
      let step = try Self.step(compiler, capability)
      report(step)
      steps.append(step)
    }
    self.steps = steps
  }

  private static func step(_ compiler: KernelCompiler, _ capability: (major: Int, minor: Int)) throws -> Step
  {
    let units = KernelSource.units.filter { $0.isUsed(by: capability) }
    let compiled = try units.count { unit in
      let code = try compiler.code(of: unit)
      if let fault = code.fault { throw fault }
      return code.isNew
    }
    return Step(architecture: compiler.architecture, compiled: compiled, present: units.count - compiled)
  }

  private static func capability(_ number: Int) -> (major: Int, minor: Int) { (number / 10, number % 10) }

  private static func capabilities(_ driver: CUDADriver?, _ nvrtc: NVRTC) throws -> [(major: Int, minor: Int)]
  {
    if let driver {
      let own = try (0..<GPUFacts.count(driver)).map { try GPUFacts(driver, number: $0).capability }
      if !own.isEmpty { return own }
    }
    guard let known = nvrtc.architectures else { return common.filter { ($0.major, $0.minor) <= (8, 6) } }
    return common.filter { known.contains($0.major * 10 + $0.minor) }
  }
}
