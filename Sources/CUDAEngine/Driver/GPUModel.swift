/// A model of GPU by its data sheet, for plans on machines without one.
///
/// Sources: NVIDIA's data sheets and white papers of the cards and their architectures (Pascal GP100, Volta V100, Turing,
/// Ampere GA100 and GA102, Hopper, Ada), and the table of compute capabilities in the CUDA C++ Programming Guide. The data
/// sheet's memory is in the name: 40 GB of an A100. `bytes` is what the driver shows of it, rounded down: 42,298,834,944
/// bytes on that card. Cards with GDDR memory lose 1/16 to error correction where that is on.
package struct GPUModel: Sendable {
  /// The name that a user gives: "h100".
  package let name: String
  /// As the driver names it: "NVIDIA H100 80GB HBM3".
  package let title: String
  package let capability: (major: Int, minor: Int)
  /// Bytes of memory that programs can use, rounded down.
  package let bytes: Int
  private let multiprocessors: Int
  /// Bytes of the cache that all multiprocessors share.
  private let cache: Int
  /// Highest clock rates of multiprocessors and memory, in kHz.
  private let clock, memoryClock: Int

  package static let all = [
    GPUModel(
      name: "p100", title: "Tesla P100-PCIE-16GB", capability: (6, 0), bytes: 17_000_000_000,
      multiprocessors: 56,
      cache: 4 << 20, clock: 1_328_500, memoryClock: 715_000),
    GPUModel(
      name: "v100", title: "Tesla V100-SXM2-16GB", capability: (7, 0), bytes: 16_900_000_000,
      multiprocessors: 80,
      cache: 6 << 20, clock: 1_530_000, memoryClock: 877_000),
    GPUModel(
      name: "v100-32gb", title: "Tesla V100-SXM2-32GB", capability: (7, 0), bytes: 34_000_000_000,
      multiprocessors: 80, cache: 6 << 20, clock: 1_530_000, memoryClock: 877_000),
    GPUModel(
      name: "t4", title: "Tesla T4", capability: (7, 5), bytes: 15_600_000_000, multiprocessors: 40,
      cache: 4 << 20, clock: 1_590_000, memoryClock: 5_001_000),
    GPUModel(
      name: "a100", title: "NVIDIA A100-SXM4-40GB", capability: (8, 0), bytes: 42_200_000_000,
      multiprocessors: 108, cache: 40 << 20, clock: 1_410_000, memoryClock: 1_215_000),
    GPUModel(
      name: "a100-80gb", title: "NVIDIA A100-SXM4-80GB", capability: (8, 0), bytes: 84_900_000_000,
      multiprocessors: 108, cache: 40 << 20, clock: 1_410_000, memoryClock: 1_593_000),
    GPUModel(
      name: "a40", title: "NVIDIA A40", capability: (8, 6), bytes: 47_500_000_000, multiprocessors: 84,
      cache: 6 << 20, clock: 1_740_000, memoryClock: 7_251_000),
    GPUModel(
      name: "rtx3090", title: "NVIDIA GeForce RTX 3090", capability: (8, 6), bytes: 25_200_000_000,
      multiprocessors: 82, cache: 6 << 20, clock: 1_695_000, memoryClock: 9_751_000),
    GPUModel(
      name: "l40s", title: "NVIDIA L40S", capability: (8, 9), bytes: 47_500_000_000, multiprocessors: 142,
      cache: 96 << 20, clock: 2_520_000, memoryClock: 9_001_000),
    GPUModel(
      name: "rtx4090", title: "NVIDIA GeForce RTX 4090", capability: (8, 9), bytes: 25_200_000_000,
      multiprocessors: 128, cache: 72 << 20, clock: 2_520_000, memoryClock: 10_501_000),
    GPUModel(
      name: "h100", title: "NVIDIA H100 80GB HBM3", capability: (9, 0), bytes: 84_900_000_000,
      multiprocessors: 132, cache: 50 << 20, clock: 1_980_000, memoryClock: 2_619_000),
    GPUModel(
      name: "h200", title: "NVIDIA H200", capability: (9, 0), bytes: 150_000_000_000, multiprocessors: 132,
      cache: 60 << 20, clock: 1_980_000, memoryClock: 3_201_000),
  ]

  package static func named(_ name: String) -> GPUModel? { all.first { $0.name == name } }

  /// Limits of a multiprocessor by compute capability.
  private struct Limits {
    /// Bytes of shared memory that a block can have, and that the system keeps of a multiprocessor for each block.
    let block, kept: Int
    let threads, blocks: Int
  }

  private var limits: Limits {
    switch (capability.major, capability.minor) {
    case (6, _): Limits(block: 48 << 10, kept: 0, threads: 2048, blocks: 32)
    case (7, 0): Limits(block: 96 << 10, kept: 0, threads: 2048, blocks: 32)
    case (7, _): Limits(block: 64 << 10, kept: 0, threads: 1024, blocks: 16)
    case (8, 0): Limits(block: 163 << 10, kept: 1 << 10, threads: 2048, blocks: 32)
    case (8, 6): Limits(block: 99 << 10, kept: 1 << 10, threads: 1536, blocks: 16)
    case (8, _): Limits(block: 99 << 10, kept: 1 << 10, threads: 1536, blocks: 24)
    case (9, _): Limits(block: 227 << 10, kept: 1 << 10, threads: 2048, blocks: 32)
    default: preconditionFailure("no model has compute capability \(capability)")
    }
  }

  /// The description that cuDNN takes in place of a GPU.
  var description: String {
    let version = capability.major * 100 + capability.minor * 10
    let limits = limits
    let members: [(String, String)] = [
      ("deviceName", "\"\(title)\""), ("deviceVer", "\(version)"), ("cudaDeviceId", "0"),
      ("pciDeviceId", "0"),
      ("driverVer", "13000"), ("isTccDriver", "0"), ("supportCoopLaunch", "1"),
      ("multiProcessorCount", "\(multiprocessors)"), ("totalGlobalMem", "\(bytes)"),
      ("l2CacheSize", "\(cache)"), ("smClockRateKHz", "\(clock)"), ("memClockRateKHz", "\(memoryClock)"),
      ("warpSize", "32"), ("maxThreadsPerBlock", "1024"), ("maxThreadsPerSM", "\(limits.threads)"),
      ("maxCtasPerSM", "\(limits.blocks)"),
      ("maxBlockSize", "[1024, 1024, 64]"), ("maxGridSize", "[2147483647, 65535, 65535]"),
      ("regsPerBlock", "65536"), ("maxRegistersPerSM", "65536"), ("maxSharedMemoryPerBlock", "49152"),
      ("maxSharedMemoryPerBlockOptin", "\(limits.block)"),
      ("reservedSharedMemoryPerBlock", "\(limits.kept)"),
    ]
    return "{" + members.map { "\"\($0.0)\": \($0.1)" }.joined(separator: ", ") + "}"
  }
}
