import CKernels
import Networks
import Tensors

/// The machine as far as the program uses it.
public struct MachineFigures: Encodable, Sendable {
  /// The system's name of the processor; nil if it has none.
  public let processor: String?
  public let usableCores: Int
  public let threads: Int
  /// The widest instructions that multiply and add in the precision measured.
  public let instructions: String
  /// Multiplications and additions a second that all threads together reach on registers, each counted.
  public let peakFLOPS: Double
  /// The kernels of the network, by `KernelPath`.
  public let kernels: String
  /// See `BLASLibrary.coreName`.
  public let openBLASCore: String

  init(_ pool: ThreadPool, _ kernels: KernelPath, _ precision: Precision) throws {
    let type = precision == .bf16 ? FK_BFLOAT16 : FK_FLOAT32
    self.kernels = kernels.rawValue
    processor = ProcessUsage.value(of: "model name", in: "/proc/cpuinfo")
    usableCores = try Experiment.usableCores
    threads = pool.threads
    instructions = String(cString: fk_peak_instructions(type))
    peakFLOPS = Self.peak(pool, type)
    openBLASCore = BLASLibrary.coreName
  }

  /// The best of many short runs: a run that another process interrupts does not count.
  private static func peak(_ pool: ThreadPool, _ type: fk_type) -> Double {
    let rounds: Int64 = 1_000_000
    return (0..<100).map { _ in
      let start = ContinuousClock.now
      pool.run(pool.threads) { _, _ in _ = fk_peak_run(type, rounds) }
      let seconds = (ContinuousClock.now - start) / .seconds(1)
      return fk_peak_flops(type, rounds) * Double(pool.threads) / seconds
    }.max()!
  }
}
