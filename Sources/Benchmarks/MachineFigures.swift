import Basics
import CKernels
import CPUEngine
import Experiments
import Networks

/// The machine as far as the program uses it.
package struct MachineFigures: Encodable, Sendable {
  /// The system's name of the processor; nil if it has none.
  package let processor: String?
  package let usableCores: Int
  package let threads: Int
  /// The widest instructions that multiply and add in the precision measured.
  package let instructions: String
  /// Multiplications and additions a second that all threads together reach on registers, each counted.
  package let peakFLOPS: Double
  /// The kernels of the network, by `KernelPath`.
  package let kernels: String
  /// See `BLASLibrary.coreName`.
  package let openBLASCore: String

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
