import SimulatedGPU
import Testing

@testable import Basics
@testable import Experiments

@Suite struct DevicesTests {
  /// No NVIDIA library is found there.
  private static let withoutGPU = ["CUDA_VISIBLE_DEVICES": ""]

  private static func devices(_ environment: [String: String], ranks: Int = 1) -> Devices {
    var devices = Devices()
    (devices.environment, devices.ranks) = (environment, ranks)
    return devices
  }

  private static func experiment(_ device: String) throws -> Experiment {
    var experiment = try Experiment(yaml: "device: \(device)")
    experiment.threads = 3
    return experiment
  }

  @Test(arguments: ["auto", "cpu"]) func theCPUIsAlwaysThere(_ name: String) throws {
    let device = try Self.devices(Self.withoutGPU).device(for: Self.experiment(name))
    #expect(device.name == "cpu" && device.threads == 3 && device.notes.isEmpty)
    let forced = try Devices(kernels: "blas").device(for: Self.experiment("cpu"))
    #expect(forced.agreement.map(\.value) == ["blas"])
  }

  /// A job that asked for a GPU is told why it does not get it, also where the node has no driver.
  @Test func aJobHasAskedForAGPU() throws {
    let job = ["SLURM_JOB_GPUS": "2", "CUDA_VISIBLE_DEVICES": "0", "FUSIONCTL_CUDA_LIBS": "/nowhere"]
    let device = try Self.devices(job).device(for: Self.experiment("auto"))
    #expect(device.name == "cpu" && device.notes.count == 1 && device.notes[0].contains("libcuda.so.1"))
    let hidden = try Self.devices(job.merging(Self.withoutGPU) { $1 }).device(for: Self.experiment("auto"))
    #expect(hidden.notes.isEmpty)
  }

  @Test(arguments: [("auto", "cuda:0"), ("cuda", "cuda:0"), ("cuda:1", "cuda:1"), ("cpu", "cpu")])
  func aGPUIsTaken(_ name: String, _ taken: String) throws {
    try SimulatedGPU.exclusive { environment in
      SimulatedGPU.set("simulated_set_devices", 2)
      let device = try Self.devices(environment).device(for: Self.experiment(name))
      #expect(device.name == taken)
      #expect(device.model?.contains("simulated") ?? (taken == "cpu"))
    }
  }

  /// `auto` computes on the CPU where the GPU cannot; `cuda` does not.
  @Test func aGPUThatCannotComputeIsNamed() throws {
    try SimulatedGPU.exclusive { environment in
      SimulatedGPU.set("simulated_set_compute_mode", 2)
      let devices = Self.devices(environment)
      let device = try devices.device(for: Self.experiment("auto"))
      #expect(device.name == "cpu" && device.notes.count == 1)
      #expect(device.notes[0].hasPrefix("the GPU of this machine does not compute: cuda:0: "))
      let error = try #require(throws: InputError.self) {
        try devices.device(for: Self.experiment("cuda"))
      }
      #expect(error.kind == .environment && error.description.contains("compute mode"), "\(error)")
    }
  }

  @Test func severalRanksComputeOnCPUs() throws {
    try SimulatedGPU.exclusive { environment in
      let devices = Self.devices(environment, ranks: 2)
      let device = try devices.device(for: Self.experiment("auto"))
      #expect(device.name == "cpu" && device.notes[0].contains("a GPU trains in one process"))
      let error = try #require(throws: InputError.self) {
        try devices.device(for: Self.experiment("cuda"))
      }
      #expect(error.kind == .usage && error.description.contains("2 were started"), "\(error)")
    }
  }

  @Test func absentGPUsAndKernelsAreNamed() throws {
    try SimulatedGPU.exclusive { environment in
      let error = try #require(throws: InputError.self) {
        try Self.devices(environment).device(for: Self.experiment("cuda:3"))
      }
      #expect(error.description == "cuda:3: there is 1 GPU, numbered 0; choose cuda:0", "\(error)")
    }
    let name = try #require(throws: InputError.self) { try Experiment(yaml: "device: gpu") }
    #expect("\(name)".contains("expected auto, cpu, cuda, or cuda:N for GPU N"), "\(name)")
    let both = try #require(throws: InputError.self) {
      try Devices(kernels: "blas").device(for: Self.experiment("cuda"))
    }
    #expect(both.kind == .usage && both.description.contains("names kernels of the CPU"))
    let kernels = try #require(throws: InputError.self) {
      try Devices(kernels: "sse").device(for: Self.experiment("cpu"))
    }
    #expect(kernels.description.hasPrefix("--kernels sse: expected auto, reference, blas or avx512"))
  }
}
