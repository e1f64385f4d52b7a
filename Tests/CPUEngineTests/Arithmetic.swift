import CPUEngine
import Networks
import Testing

/// Kernels and precision of a program.
struct Arithmetic: Hashable, Sendable, CustomTestStringConvertible {
  let kernels: KernelPath
  let precision: Precision

  var testDescription: String { "\(kernels.rawValue), \(precision.rawValue)" }

  /// All that this processor has.
  static let available = KernelPath.available.flatMap { kernels in
    Precision.available(kernels).map { Arithmetic(kernels: kernels, precision: $0) }
  }

  /// Those with activations in bfloat16.
  static let halves = available.filter { $0.precision != .fp32 }
}
