import Basics
import Experiments
import Networks

/// The parts of the machine that the program uses.
package struct MachineFigures: Encodable, Sendable {
  /// The name that the system gives the processor; nil if it gives none.
  package let processor: String?
  /// The device that was measured: "cpu", "cuda:0".
  package let device: String
  /// The model of an accelerator; nil for the CPU.
  package let model: String?
  package let usableCores: Int
  package let threads: Int
  /// The widest instructions that multiply and add in the precision measured.
  package let instructions: String
  /// Peak operations a second of all threads together, on registers. Each multiplication and each addition counts. nil
  /// where it was not measured.
  package let peakFLOPS: Double?
  /// The kernels of the network, by the name under which they can be chosen.
  package let kernels: String
  /// The processor that OpenBLAS has chosen its kernels for, e.g. `SkylakeX`; nil for an accelerator.
  package let openBLASCore: String?

  init(_ device: any Device, _ precision: Precision) throws {
    let facts = device.facts(precision)
    kernels = facts.kernels
    (self.device, model) = (device.name, device.model)
    processor = ProcessUsage.value(of: "model name", in: "/proc/cpuinfo")
    usableCores = try Experiment.usableCores
    threads = device.threads
    instructions = facts.instructions
    peakFLOPS = try device.peakFLOPS(precision)
    openBLASCore = device.model == nil ? facts.library : nil
  }
}
