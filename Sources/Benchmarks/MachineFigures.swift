import Basics
import Experiments
import Networks

/// The parts of the machine that the program uses.
package struct MachineFigures: Encodable, Sendable {
  /// The name that the system gives the processor; nil if it gives none.
  package let processor: String?
  package let usableCores: Int
  package let threads: Int
  /// The widest instructions that multiply and add in the precision measured.
  package let instructions: String
  /// Peak operations a second of all threads together, on registers. Each multiplication and each addition counts.
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
