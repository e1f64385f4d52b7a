import Basics
import CKernels
import Networks

extension Precision {
  /// Whether this processor has instructions that multiply bfloat16 (AVX512_BF16).
  package static var processorHasBF16: Bool { fk_has_bf16() != 0 }

  /// The precisions that this processor can run with a kernel path.
  package static func available(_ kernels: KernelPath) -> [Precision] {
    allCases.filter { (try? $0.require(kernels)) != nil }
  }

  /// Refuses a precision that the path or the processor does not have.
  /// - Parameters:
  ///   - kernels: kernel path; the processor must have it.
  ///   - processorHasBF16: whether the processor multiplies bfloat16; tests set it.
  /// - Throws: `InputError` (usage) whose remedy names the choices that work.
  package func require(
    _ kernels: KernelPath, processorHasBF16: Bool = Precision.processorHasBF16
  ) throws(InputError) {
    switch self {
    case .fp32, .bf16Emulated: return
    case .tf32, .fp16:
      let hasBF16 = (try? Precision.bf16.require(kernels, processorHasBF16: processorHasBF16)) != nil
      let half = hasBF16 ? Precision.bf16.rawValue : "\(Precision.bf16Emulated.rawValue) (slower)"
      throw InputError(
        .usage, "precision", "is \(rawValue), which only GPUs have",
        remedy: "choose precision \(half) or \(Precision.fp32.rawValue), or use a GPU: --device cuda")
    case .bf16: break
    }
    let others = "precision \(Precision.bf16Emulated.rawValue) (slower) or \(Precision.fp32.rawValue)"
    guard processorHasBF16 else {
      throw InputError(
        .usage, "precision", "is bf16, but this processor lacks the instructions (AVX512_BF16)",
        remedy: "choose \(others)")
    }
    guard kernels == .avx512 else {
      throw InputError(
        .usage, "precision", "is bf16, but the kernels \(kernels.rawValue) have no products of bfloat16",
        remedy: "use --kernels avx512, or \(others)")
    }
  }

  /// The type of activations between convolutions.
  var activations: ElementType {
    switch self {
    case .fp32: .float32
    case .bf16, .bf16Emulated: .bfloat16
    case .tf32, .fp16: preconditionFailure("the CPU has no \(rawValue)")
    }
  }

  /// The operands of the products of convolutions.
  var operands: ProductOperands {
    switch self {
    case .fp32: .float32
    case .bf16: .bfloat16
    case .bf16Emulated: .rounded
    case .tf32, .fp16: preconditionFailure("the CPU has no \(rawValue)")
    }
  }
}
