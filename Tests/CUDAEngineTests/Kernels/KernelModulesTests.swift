import Basics
import Foundation
import SimulatedGPU
import TestSupport
import Testing

@testable import CUDAEngine

/// Kernels as a device loads them, and kernels that are compiled in advance.
@Suite struct KernelModulesTests {
  private let scratch: ScratchFolder

  init() throws { scratch = try ScratchFolder() }

  private func load(_ cache: CubinCache, _ environment: [String: String]) throws -> InputError? {
    let nvrtc = try CUDALibraries.load(environment).nvrtc
    let context = try SimulatedContext.make(environment)
    let modules = try KernelModules(
      context, KernelCompiler(nvrtc, capability: (9, 0), cache: cache))
    _ = try modules.function("fill_u32")
    return modules.cacheFault
  }

  @Test func aFullCacheIsANote() throws {
    try SimulatedGPU.exclusive { environment in
      #expect(try load(CubinCache(folder: scratch.file("good").path), environment) == nil)
      let file = scratch.file("file")
      try Data().write(to: file)
      #expect(try load(CubinCache(folder: file.path), environment)?.kind == .environment)
      // A run tells of it.
      let device = try CUDADevice(
        number: 0, CUDALibraries.load(environment), cache: CubinCache(folder: file.path))
      #expect(device.notes.isEmpty)
      _ = try device.kernels.function("fill_u32")
      _ = try device.kernels.function("combine_f32")
      #expect(device.notes.count == 1)
      #expect(device.notes[0].hasPrefix("compiled kernels are not kept: \(file.path)"))
    }
  }

  /// Another driver may refuse a file that is whole. It is made anew, once.
  @Test func codeThatTheDriverRefusesIsMadeAnew() throws {
    let folder = scratch.file("kernels").path
    func compilations() throws -> Int32 {
      var count: Int32 = 0
      _ = try SimulatedGPU.complaint { environment in
        let fault = try load(CubinCache(folder: folder), environment)
        #expect(fault == nil)
        count = SimulatedGPU.count(.compilations)
      }
      return count
    }
    #expect(try compilations() == 1)
    let file = try #require(FileManager.default.contentsOfDirectory(atPath: folder).first)
    // As a real compiler has written it.
    let cache = CubinCache(folder: folder)
    let code = try KernelSource.units.first { $0.kernels.contains("fill_u32") }.map { unit in
      try cache.code(
        ([unit.text] + KernelCompiler.options(for: "sm_90")).joined(separator: "\u{0}"), by: "12.9",
        isNew: true
      ) { Array("ELF".utf8) }
    }
    #expect(code?.isNew == true)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == [file])
    #expect(try compilations() == 1)
    #expect(try compilations() == 0)
  }

  @Test func kernelsAreCompiledInAdvanceOnce() throws {
    try SimulatedGPU.exclusive { environment in
      let environment = environment.merging(["XDG_CACHE_HOME": scratch.path]) { $1 }
      let first = try KernelPreparation(environment)
      let count = KernelSource.units.count
      #expect(first.steps == [.init(architecture: "sm_90", compiled: count, present: 0)])
      #expect(first.folder == "\(scratch.path)/fusionctl/kernels")
      // A device takes what was prepared.
      let before = SimulatedGPU.count(.compilations)
      #expect(try load(CubinCache(environment), environment) == nil)
      #expect(SimulatedGPU.count(.compilations) == before)
      #expect(
        try KernelPreparation(environment).steps == [
          .init(architecture: "sm_90", compiled: 0, present: count)
        ])
    }
  }

  /// A login node has no GPU.
  @Test func withoutAGPUKernelsAreCompiledForCommonOnes() throws {
    try SimulatedGPU.exclusive { environment in
      SimulatedGPU.set("simulated_set_devices", 0)
      let environment = environment.merging(["XDG_CACHE_HOME": scratch.path]) { $1 }
      let prepared = try KernelPreparation(environment)
      #expect(
        prepared.steps.map(\.architecture)
          == ["sm_60", "sm_70", "sm_75", "sm_80", "sm_86", "sm_89", "sm_90"])
      // sm_60 computes in float32 alone, sm_70 has no bfloat16.
      let counts = prepared.steps.map { $0.compiled + $0.present }
      let typed = KernelSource.units.count { $0.element == .bf16 }
      #expect(counts[0] == counts[1] - typed && counts[1] == counts[3] - typed)
    }
  }

  @Test func kernelsAreCompiledForNamedArchitectures() throws {
    try SimulatedGPU.exclusive { environment in
      let environment = environment.merging(["XDG_CACHE_HOME": scratch.path]) { $1 }
      var reported: [String] = []
      let prepared = try KernelPreparation(environment, for: [80, 70, 80]) {
        reported.append($0.architecture)
      }
      #expect(reported == ["sm_80", "sm_70"] && prepared.steps.map(\.architecture) == reported)
      SimulatedGPU.set("simulated_set_nvrtc_version", 13, 0)
      let error = try #require(throws: InputError.self) { _ = try KernelPreparation(environment, for: [70]) }
      #expect(
        error.description
          == "NVRTC 13.0: compiles for sm_75 to sm_90, not for sm_70; load CUDA 12.9 or older", "\(error)")
    }
  }

  /// A compute node without NVRTC runs kernels that a login node has compiled.
  @Test func preparedKernelsNeedNoCompiler() throws {
    try SimulatedGPU.exclusive { environment in
      let environment = environment.merging(["XDG_CACHE_HOME": scratch.path]) { $1 }
      let fault = InputError(.environment, "NVRTC", "was not found", remedy: "load CUDA")
      let cache = CubinCache(environment)
      let error = try #require(throws: InputError.self) {
        _ = try KernelCompiler(.unusable(fault), capability: (9, 0), cache: cache)
      }
      #expect(
        error.remedy == "load CUDA, or prepare the kernels on a machine with NVRTC: "
          + "fusionctl doctor --prepare --architectures sm_90")
      _ = try KernelPreparation(environment, for: [90])
      let compiler = try KernelCompiler(.unusable(fault), capability: (9, 0), cache: cache)
      let modules = try KernelModules(SimulatedContext.make(environment), compiler)
      let before = SimulatedGPU.count(.compilations)
      _ = try modules.function("fill_u32")
      #expect(SimulatedGPU.count(.compilations) == before)
    }
  }

  @Test func aPreparationThatCannotKeepKernelsFails() throws {
    try SimulatedGPU.exclusive { environment in
      try Data().write(to: scratch.file("fusionctl"))
      let unusable = environment.merging(["XDG_CACHE_HOME": scratch.path]) { $1 }
      #expect(throws: InputError.self) { _ = try KernelPreparation(unusable) }
      let homeless = try #require(throws: InputError.self) {
        _ = try KernelPreparation(environment.filter { $0.key != "XDG_CACHE_HOME" })
      }
      #expect(homeless.remedy == "set XDG_CACHE_HOME to a folder of your own")
    }
  }
}
