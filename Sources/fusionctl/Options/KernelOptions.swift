import ArgumentParser
import Networks

/// Which kernels compute.
struct KernelOptions: ParsableArguments {
  @Option(
    name: .long,
    help: ArgumentHelp(
      "The kernels of the network: auto, or reference (slow), blas or avx512 to force them.",
      valueName: "path"))
  var kernels = "auto"

  /// - Throws: `InputError` (usage) for a path that is unknown or not for this processor.
  var path: KernelPath { get throws { try KernelPath(named: kernels) } }
}
