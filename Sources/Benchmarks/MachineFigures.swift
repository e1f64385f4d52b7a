import Basics
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
  /// The kernels of the network, by the name under which they can be chosen.
  package let kernels: String
  /// The processor that OpenBLAS has chosen its kernels for, e.g. `SkylakeX`.
  package let openBLASCore: String

  init(_ device: any Device, _ precision: Precision) throws {
    let facts = device.facts(precision)
    kernels = facts.kernels
    processor = ProcessUsage.value(of: "model name", in: "/proc/cpuinfo")
    usableCores = try Experiment.usableCores
    threads = device.threads
    instructions = facts.instructions
    peakFLOPS = try device.peakFLOPS(precision)
    openBLASCore = facts.library
  }
}
