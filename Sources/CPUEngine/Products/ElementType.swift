import CKernels

/// The type of the numbers in a buffer.
enum ElementType: Sendable {
  case float32, bfloat16

  var bytes: Int { self == .float32 ? 4 : 2 }

  /// The type's code for the kernels.
  var code: fk_type { self == .float32 ? FK_FLOAT32 : FK_BFLOAT16 }
}

/// Type and rounding of the operands of a matrix product.
enum ProductOperands: Sendable {
  case float32
  /// float32 values that are rounded to bfloat16 first.
  case rounded
  case bfloat16

  /// Bytes of one element.
  var bytes: Int { self == .bfloat16 ? 2 : 4 }
}

/// Address and element type of a buffer.
struct Elements {
  let base: UnsafeMutableRawPointer
  let elementType: ElementType
  /// Elements from one row to the next; nil if the rows follow each other.
  var pitch: Int?

  var type: fk_type { elementType.code }

  /// Address of the element at `offset`.
  static func + (elements: Elements, offset: Int) -> UnsafeMutableRawPointer {
    elements.base + offset * elements.elementType.bytes
  }
}

/// A buffer as a matrix: `pitch` elements from one row to the next.
struct Rows {
  let base: UnsafeMutableRawPointer
  let elementType: ElementType
  let pitch: Int

  var type: fk_type { elementType.code }

  /// Address of an element.
  func at(_ row: Int, _ column: Int = 0) -> UnsafeMutableRawPointer {
    base + (row * pitch + column) * elementType.bytes
  }

  /// Address of an element of float32.
  func floats(at row: Int, _ column: Int = 0) -> UnsafeMutablePointer<Float> {
    precondition(elementType == .float32, "a kernel of float32 met bfloat16")
    return at(row, column).assumingMemoryBound(to: Float.self)
  }
}
