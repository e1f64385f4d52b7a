import ArgumentParser
import CPUEngine
import Experiments

/// Which kernels compute, and on which numbers.
struct KernelOptions: ParsableArguments {
  @Option(
    name: .long,
    help: ArgumentHelp(
      "The kernels of the network: auto, or reference (slow), blas or avx512 to force them.",
      valueName: "name"))
  var kernels = "auto"

  @Option(
    name: .long,
    help: ArgumentHelp(
      "The type of activations and products: fp32, bf16 or bf16-emulated (precision).", valueName: "type"))
  var precision: String?

  var overrides: [Experiment.Override] {
    precision.map { [.init(flag: "--precision", path: "precision", value: $0)] } ?? []
  }

  /// - Throws: `InputError` (usage) for a path that is unknown or not for this processor.
  var path: KernelPath { get throws { try KernelPath(named: kernels) } }

  /// - Throws: `InputError` (usage), also for a path that has not the experiment's precision.
  func path(for experiment: Experiment) throws -> KernelPath {
    let path = try path
    try experiment.precision.require(path)
    return path
  }
}
