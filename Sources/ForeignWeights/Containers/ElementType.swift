import Basics

/// How the elements of a tensor are stored, by PyTorch's names.
package enum ElementType: String, CaseIterable, Sendable {
  case float64, float32, float16, bfloat16
  case float8E4M3 = "float8_e4m3fn"
  case float8E5M2 = "float8_e5m2"
  case int64, int32, int16, int8, uint64, uint32, uint16, uint8, bool

  /// Bytes of an element.
  package var bytes: Int {
    switch self {
    case .float64, .int64, .uint64: 8
    case .float32, .int32, .uint32: 4
    case .float16, .bfloat16, .int16, .uint16: 2
    case .float8E4M3, .float8E5M2, .int8, .uint8, .bool: 1
    }
  }

  /// Whether the elements can be weights.
  package var isFloat: Bool {
    switch self {
    case .float64, .float32, .float16, .bfloat16, .float8E4M3, .float8E5M2: true
    case .int64, .int32, .int16, .int8, .uint64, .uint32, .uint16, .uint8, .bool: false
    }
  }

  /// The type that a safetensors file calls `F16`, `BF16` and so on; nil for an unknown one.
  init?(safetensors name: String) {
    switch name {
    case "F64": self = .float64
    case "F32": self = .float32
    case "F16": self = .float16
    case "BF16": self = .bfloat16
    case "F8_E4M3": self = .float8E4M3
    case "F8_E5M2": self = .float8E5M2
    case "I64": self = .int64
    case "I32": self = .int32
    case "I16": self = .int16
    case "I8": self = .int8
    case "U64": self = .uint64
    case "U32": self = .uint32
    case "U16": self = .uint16
    case "U8": self = .uint8
    case "BOOL": self = .bool
    default: return nil
    }
  }

  /// The type of the storage class that old pickles name: `torch.HalfStorage`.
  init?(storageClass name: String) {
    switch name {
    case "torch.DoubleStorage": self = .float64
    case "torch.FloatStorage": self = .float32
    case "torch.HalfStorage": self = .float16
    case "torch.BFloat16Storage": self = .bfloat16
    case "torch.LongStorage": self = .int64
    case "torch.IntStorage": self = .int32
    case "torch.ShortStorage": self = .int16
    case "torch.CharStorage": self = .int8
    case "torch.ByteStorage": self = .uint8
    case "torch.BoolStorage": self = .bool
    default: return nil
    }
  }

  /// The names of storage classes that are read.
  static let storageClasses = [
    "Double", "Float", "Half", "BFloat16", "Long", "Int", "Short", "Char", "Byte", "Bool",
  ]
  .map { "torch.\($0)Storage" }

  /// Converts little-endian elements to float32.
  /// - Parameter places: the element of `source` for each element of `target`, in order.
  func convert(
    _ source: UnsafeRawBufferPointer, _ places: some Sequence<Int>,
    to target: UnsafeMutableBufferPointer<Float>
  ) {
    func fill<Bits: FixedWidthInteger & BitwiseCopyable>(_ value: (Bits) -> Float) {
      var index = 0
      for place in places {
        let bits = source.loadUnaligned(
          fromByteOffset: place &* MemoryLayout<Bits>.size, as: Bits.self)
        target[index] = value(Bits(littleEndian: bits))
        index &+= 1
      }
    }
    switch self {
    case .float64: fill { (bits: UInt64) in Float(Double(bitPattern: bits)) }
    case .float32: fill { (bits: UInt32) in Float(bitPattern: bits) }
    case .float16: fill { (bits: UInt16) in Float(Float16(bitPattern: bits)) }
    case .bfloat16: fill { (bits: UInt16) in Float(bitPattern: UInt32(bits) << 16) }
    case .float8E4M3: fill { (bits: UInt8) in SmallFloat.e4m3(bits) }
    case .float8E5M2: fill { (bits: UInt8) in SmallFloat.e5m2(bits) }
    case .int64: fill { (bits: Int64) in Float(bits) }
    case .int32: fill { (bits: Int32) in Float(bits) }
    case .int16: fill { (bits: Int16) in Float(bits) }
    case .int8: fill { (bits: Int8) in Float(bits) }
    case .uint64: fill { (bits: UInt64) in Float(bits) }
    case .uint32: fill { (bits: UInt32) in Float(bits) }
    case .uint16: fill { (bits: UInt16) in Float(bits) }
    case .uint8, .bool: fill { (bits: UInt8) in Float(bits) }
    }
  }
}
