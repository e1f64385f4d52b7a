import Basics

/// Makes machine code of the engine's kernels for one architecture. A source that the cache has is not compiled again, and a
/// cache that has all of them needs no compiler.
struct KernelCompiler: Sendable {
  /// "sm_90".
  let architecture: String
  /// Nil where the cache has all kernels.
  private let nvrtc: NVRTC?
  private let cache: CubinCache

  /// - Parameter capability: of the GPU, e.g. 8 and 0.
  /// - Throws: `InputError` (environment) when this NVRTC has no architecture for the GPU, or there is none and the cache
  ///   lacks kernels.
  init(_ nvrtc: Loaded<NVRTC>, capability: (major: Int, minor: Int), cache: CubinCache) throws(InputError) {
    (self.nvrtc, self.cache) = (nvrtc.library, cache)
    guard let fault = nvrtc.fault else {
      architecture = try nvrtc.get().architecture(for: capability)
      return
    }
    architecture = "sm_\(capability.major)\(capability.minor)"
    let isPrepared = KernelSource.units.allSatisfy {
      !$0.isUsed(by: capability) || cache.code(key(of: $0)) != nil
    }
    guard isPrepared else {
      throw InputError(
        fault.kind, fault.subject, fault.problem,
        remedy: [
          fault.remedy,
          "or prepare the kernels on a machine with NVRTC: fusionctl doctor --prepare --architectures \(architecture)",
        ].compactMap { $0 }.joined(separator: ", "))
    }
  }

  /// The machine code of a unit.
  /// - Throws: `InputError` (environment) when the source does not compile, or its file has gone from a cache that stands in
  ///   for the compiler.
  func code(of unit: KernelSource.Unit) throws -> CubinCache.Code {
    if let nvrtc { return try code(of: unit, by: nvrtc, isNew: false) }
    guard let bytes = cache.code(key(of: unit)) else {
      throw InputError(
        .environment, "kernels of \(unit.name)", "are no longer in \(cache.folder ?? "the cache")",
        remedy: "prepare them again: fusionctl doctor --prepare --architectures \(architecture)")
    }
    return CubinCache.Code(bytes: bytes, isNew: false, fault: nil)
  }

  /// The machine code of a unit, compiled also where the cache has it; nil without a compiler.
  func codeAnew(of unit: KernelSource.Unit) throws -> CubinCache.Code? {
    try nvrtc.map { try code(of: unit, by: $0, isNew: true) }
  }

  private func code(of unit: KernelSource.Unit, by nvrtc: NVRTC, isNew: Bool) throws -> CubinCache.Code {
    try cache.code(key(of: unit), by: nvrtc.versionText, isNew: isNew) {
      try nvrtc.compile(unit.text, name: unit.name, options: Self.options(for: architecture)).code
    }
  }

  private func key(of unit: KernelSource.Unit) -> String {
    ([unit.text] + Self.options(for: architecture)).joined(separator: "\u{0}")
  }

  /// Options of the compiler for "sm_90". A product and a sum are rounded separately, as the CPU does it.
  static func options(for architecture: String) -> [String] {
    ["--gpu-architecture=\(architecture)", "--std=c++17", "--fmad=false"]
  }
}

extension KernelSource.Unit {
  /// Whether a GPU computes in the element type of the unit: bfloat16 needs sm_80, float16 sm_70.
  func isUsed(by capability: (major: Int, minor: Int)) -> Bool {
    switch element {
    case .bf16: capability.major >= 8
    case .f16: capability.major >= 7
    case .f32, nil: true
    }
  }
}
