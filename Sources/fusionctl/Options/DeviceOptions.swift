import ArgumentParser
import Experiments
import Networks

/// The device that computes, its kernels and its precision.
struct DeviceOptions: ParsableArguments {
  @Option(
    name: .long,
    help: ArgumentHelp(
      "What computes: cpu, cuda for an NVIDIA GPU, cuda:N for GPU N, or auto for a GPU where one works (device).",
      valueName: "name"))
  var device: String?

  @Option(
    name: .long,
    help: ArgumentHelp(
      "The kernels of the CPU: auto, or reference (slow), blas or avx512 to force them.", valueName: "name"))
  var kernels = "auto"

  @Option(
    name: .long,
    help: ArgumentHelp(
      "The type of activations and products: fp32, tf32, bf16, fp16 or bf16-emulated (precision).",
      valueName: "type"))
  var precision: String?

  var overrides: [Experiment.Override] {
    [("--device", "device", device), ("--precision", "precision", precision)].compactMap {
      flag, path, value in
      value.map { .init(flag: flag, path: path, value: $0) }
    }
  }

  /// Makes the device of an experiment.
  /// - Throws: `InputError` (usage) for a device or kernels that are unknown, absent, or without the precision.
  func makeDevice(_ experiment: Experiment) throws -> any Device {
    try Devices(kernels: kernels).device(for: experiment)
  }
}
