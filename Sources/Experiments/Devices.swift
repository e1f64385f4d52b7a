import Basics
import CPUEngine
import Cluster
import Networks

/// The devices of this program by name. This is the only file of the toolkit that imports an engine.
package struct Devices: Sendable {
  /// The kernels of the CPU by name, as `--kernels` says; `auto` means the fastest.
  package var kernels = "auto"

  package init(kernels: String = "auto") { self.kernels = kernels }

  /// The names that a user can give.
  package static let names = ["auto", "cpu"]

  /// Makes the device that an experiment names; `auto` means the fastest of this machine.
  /// - Parameter ownsProcess: whether this device alone computes in the process. Threads are pinned only then.
  /// - Throws: `InputError`: usage for a device or kernels that this machine lacks, or a precision that they lack;
  ///   environment when `SLURM_CPUS_PER_TASK` is not a number of cores.
  package func device(for experiment: Experiment, ownsProcess: Bool = true) throws -> any Device {
    guard Self.names.contains(experiment.device) else {
      throw InputError(
        .usage, "device", "is \(shownName(experiment.device)), but this program can use the CPU alone",
        remedy: "choose device auto or cpu (--device cpu)")
    }
    let path = try KernelPath(named: kernels)
    let cores = try UsableCores.current().count
    let threads = try experiment.threadCount
    // A pool on all cores of the affinity mask is pinned. A pool on some of them is not, since other ranks of a job may
    // share the mask.
    let device = CPUDevice(
      threads: threads, cores: cores, isPinned: ownsProcess && threads == ThreadPool.maskCores, kernels: path)
    try device.require(experiment.precision)
    return device
  }

  /// The libraries that compute, with versions: "OpenBLAS 0.3.21".
  package static var libraries: [String] { [BLASLibrary.version] }

  /// The instructions with which the processor computes, for `doctor`.
  package static var processor: String {
    KernelPath.avx512.isAvailable
      ? "AVX-512" + (Precision.processorHasBF16 ? " and its bfloat16" : "")
      : "no AVX-512, so OpenBLAS computes"
  }
}
