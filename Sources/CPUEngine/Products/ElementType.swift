import CKernels

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
