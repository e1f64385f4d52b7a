import Basics
import Foundation
import TestSupport
import Testing

@testable import CUDAEngine

/// All kernels by NVIDIA's own compiler, which needs no GPU.
///
/// These tests run in processes of their own: the simulated compiler of other tests has functions of the same names.
@Suite struct KernelCompilationTests {
  private static let architectures = ["sm_60", "sm_70", "sm_80", "sm_90"]
  /// At most so many registers let two blocks of 256 threads share a multiprocessor.
  private static let mostRegisters = 128

  @Test(.enabled(if: RealLibrary.nvrtc.path != nil, RealLibrary.nvrtc.absence))
  func kernelsCompileWithoutSpills() async {
    await #expect(processExitsWith: .success) { try KernelCompilationTests.compileAll() }
  }

  private static func compileAll() throws {
    let nvrtc = try CUDASurvey.loadNVRTC(LibrarySearch(RealLibrary.nvrtc.environment), nil).library
    let architectures = architectures.filter { nvrtc.architectures?.contains(Int($0.dropFirst(3))!) == true }
    try #require(!architectures.isEmpty, "NVRTC \(nvrtc.versionText) has none of the architectures")
    var table: [String: [String: KernelUsage]] = [:]
    for unit in KernelSource.units {
      for architecture in architectures {
        let log = try nvrtc.compile(
          unit.text, name: unit.name,
          options: KernelCompiler.options(for: architecture) + ["--ptxas-options=-v"]
        ).log
        #expect(!log.contains("warning #"), "\(unit.name) for \(architecture): \(log)")
        let usage = KernelUsage.kernels(in: log)
        #expect(usage.map(\.kernel) == unit.kernels.sorted(), "\(unit.name) for \(architecture)")
        for kernel in usage {
          #expect(
            kernel.spills == 0 && kernel.registers <= mostRegisters, "\(kernel) for \(architecture)")
          table[kernel.kernel, default: [:]][architecture] = kernel
        }
      }
    }
    if let path = ProcessInfo.processInfo.environment["FUSIONCTL_KERNEL_TABLE"] {
      try Self.page(table, architectures, nvrtc.versionText).write(
        toFile: path, atomically: true, encoding: .utf8)
    }
  }

  /// The page of the documentation with the registers of each kernel.
  private static func page(
    _ table: [String: [String: KernelUsage]], _ architectures: [String], _ version: String
  ) -> String {
    let rows = table.sorted { $0.key < $1.key }.map { kernel, usage in
      "| `\(kernel)` | "
        + architectures.map { architecture in
          usage[architecture].map { "\($0.registers)" + ($0.stack > 0 ? " (stack \($0.stack))" : "") } ?? "–"
        }.joined(separator: " | ") + " |"
    }
    let all = table.values.flatMap(\.values)
    return """
      # Registers of the kernels

      Registers that a thread of each kernel takes, as NVIDIA's compiler NVRTC \(version) assigns them. No kernel spills
      registers to memory. The most is \(all.map(\.registers).max() ?? 0). A stack is given in bytes of a thread. This page was
      written by `scripts/gpu/tables.sh`, on a machine without a GPU.

      | kernel | \(architectures.joined(separator: " | ")) |
      | --- |\(String(repeating: " ---: |", count: architectures.count))
      \(rows.joined(separator: "\n"))

      """
  }

  @Test func aLogIsRead() {
    let log = """
      ptxas info    : 0 bytes gmem
      ptxas info    : Compiling entry function 'scale_f32' for 'sm_90'
      ptxas info    : Function properties for scale_f32
          16 bytes stack frame, 8 bytes spill stores, 8 bytes spill loads
      ptxas info    : Used 18 registers, used 0 barriers, 16 bytes cumulative stack size
      ptxas info    : Compiling entry function 'add_f32' for 'sm_90'
      ptxas info    : Function properties for add_f32
          0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads
      ptxas info    : Used 9 registers, used 0 barriers
      """
    #expect(
      KernelUsage.kernels(in: log) == [
        .init(kernel: "add_f32", registers: 9, stack: 0, spills: 0),
        .init(kernel: "scale_f32", registers: 18, stack: 16, spills: 8),
      ])
  }

  /// NVRTC loads a second library by its bare name. It lies in the folder of the real file, not in that of a link to it.
  @Test(.enabled(if: RealLibrary.nvrtc.path != nil, RealLibrary.nvrtc.absence))
  func theSecondLibraryIsFoundBehindALink() async {
    await #expect(processExitsWith: .success) {
      let scratch = try ScratchFolder()
      let path = RealLibrary.nvrtc.path!
      try FileManager.default.createSymbolicLink(
        atPath: scratch.file(Path.name(of: path)).path, withDestinationPath: path)
      let nvrtc = try CUDASurvey.loadNVRTC(
        LibrarySearch(["FUSIONCTL_CUDA_LIBS": scratch.path]), nil
      ).library
      let architecture = try #require(nvrtc.architectures?.max())
      let compiled = try nvrtc.compile(
        #"extern "C" __global__ void one(float *x) { *x = 1; }"#, name: "one",
        options: ["--gpu-architecture=sm_\(architecture)"])
      #expect(!compiled.code.isEmpty)
    }
  }
}
