import Experiments
import Foundation
import SimulatedGPU
import TestSupport
import Testing

/// What the doctor says of GPUs.
@Suite struct GPULineTests {
  private let scratch: ScratchFolder

  init() throws { scratch = try ScratchFolder() }

  /// The lines on the simulated device after `change`.
  private func lines(_ change: () -> Void = {}) throws -> [GPULine] {
    try SimulatedGPU.exclusive { environment in
      change()
      return Devices.gpuLines(environment.merging(["XDG_CACHE_HOME": scratch.path]) { $1 })
    }
  }

  @Test func aDeviceAndItsLibraries() throws {
    let lines = try lines()
    #expect(lines.allSatisfy { $0.meaning == .fact && $0.remedy == nil }, "\(lines)")
    #expect(lines[0].text.hasPrefix("cuda:0: simulated device (sm_90, 4 multiprocessors, PCI simulated:0), "))
    #expect(lines[0].text.hasSuffix(" of it free"))
    #expect(
      lines.dropFirst().map { $0.text.prefix { $0 != "(" } } == [
        "driver 13.0 ", "NVRTC 12.9 ", "cuDNN 9.10.2 ",
      ])
  }

  @Test func aClosedDevice() throws {
    let lines = try lines { SimulatedGPU.set("simulated_set_compute_mode", 2) }
    #expect(lines[0].text.hasSuffix(", closed to all processes"))
    let fault = try #require(lines.first { $0.meaning == .fault })
    #expect(fault.text.contains("its compute mode allows no process") && fault.remedy != nil)
  }

  @Test func aDeviceThatOthersUse() throws {
    let lines = try lines { SimulatedGPU.set("simulated_set_taken", bytes: 3 << 30) }
    #expect(lines[0].text.hasSuffix(", 4.29 GB, 1.07 GB of it free"), "\(lines[0])")
    let note = try #require(lines.first { $0.meaning == .note })
    #expect(note.text == "cuda:0: other processes use more than half of its memory" && note.remedy != nil)
  }

  @Test func aDriverWithoutDevices() throws {
    let lines = try lines { SimulatedGPU.set("simulated_set_devices", 0) }
    let fault = try #require(lines.first { $0.meaning == .fault })
    #expect(fault.text.hasPrefix("the driver shows no GPU to this process"))
    #expect(fault.remedy?.contains("--device cpu") == true)
  }

  @Test func kernelsThatCannotBeKept() throws {
    try Data().write(to: scratch.file("fusionctl"))
    let lines = try lines()
    #expect(lines.allSatisfy { $0.meaning != .fault })
    let note = try #require(lines.first { $0.meaning == .note })
    #expect(note.text.hasPrefix("compiled kernels cannot be kept: \(scratch.path)/fusionctl/kernels: "))
  }

  @Test func librariesThatNoLongerServeTheDevice() throws {
    let lines = try lines {
      SimulatedGPU.set("simulated_set_capability", 7, 0)
      SimulatedGPU.set("simulated_set_nvrtc_version", 13, 0)
    }
    #expect(lines.contains { $0.meaning == .fault && $0.text.contains("NVRTC 13.0: no longer supports") })
  }
}
