import CKernels
import Tensors

/// The type in which activations are kept and convolutions multiply.
///
/// Parameters, their gradients, statistics and vectors of batch norms, the transforms and products of
/// Winograd, the pooled features and all that follows them are float32 in any case.
public enum Precision: String, CaseIterable, Sendable {
  /// Everything in float32.
  case fp32
  /// Activations and their gradients in bfloat16; convolutions multiply bfloat16 and add in float32, with the
  /// instructions of AVX512_BF16.
  case bf16
  /// The same roundings, but products of float32: slower, on any processor.
  case bf16Emulated = "bf16-emulated"

  /// Whether this processor multiplies bfloat16.
  public static var processorHasBF16: Bool { fk_has_bf16() != 0 }

  /// The precisions that programs of a path can have on this processor.
  public static func available(_ kernels: KernelPath) -> [Precision] {
    allCases.filter { (try? $0.require(kernels)) != nil }
  }

  /// Refuses a precision that the path or the processor does not have.
  /// - Parameters:
  ///   - kernels: a path that the processor has.
  ///   - processorHasBF16: whether there is a processor that multiplies bfloat16.
  /// - Throws: `InputError` (usage) that names what can be chosen instead.
  public func require(
    _ kernels: KernelPath, processorHasBF16: Bool = Precision.processorHasBF16
  ) throws(InputError) {
    guard self == .bf16 else { return }
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
  var activations: ElementType { self == .fp32 ? .float32 : .bfloat16 }

  /// What the products of convolutions multiply.
  var operands: ProductOperands {
    switch self {
    case .fp32: .float32
    case .bf16: .bfloat16
    case .bf16Emulated: .rounded
    }
  }
}

/// The type of the numbers in a buffer.
enum ElementType: Sendable {
  case float32, bfloat16

  var bytes: Int { self == .float32 ? 4 : 2 }

  /// For the kernels.
  var code: fk_type { self == .float32 ? FK_FLOAT32 : FK_BFLOAT16 }
}

/// What the operands of a matrix product are.
enum ProductOperands: Sendable {
  case float32
  /// float32 with no more digits than bfloat16.
  case rounded
  case bfloat16

  /// Of one element.
  var bytes: Int { self == .bfloat16 ? 2 : 4 }
}

/// Numbers in memory, of one of the types that activations have.
struct Elements {
  let base: UnsafeMutableRawPointer
  let elementType: ElementType

  var type: fk_type { elementType.code }

  /// The elements from `offset` on.
  static func + (elements: Elements, offset: Int) -> UnsafeMutableRawPointer {
    elements.base + offset * elements.elementType.bytes
  }
}
