/// The type of the elements of a data set.
package struct HDF5Element: Hashable, Sendable {
  package enum Kind: String, Hashable, Sendable {
    case int8, int16, int32, int64
    case uint8, uint16, uint32, uint64
    case float32, float64
    /// A text of fixed size that ends with a zero or is padded with zeros.
    case text
    /// A text of fixed size that is padded with spaces.
    case spacedText = "text padded with spaces"
    /// A text of any length, which lies elsewhere in the file.
    case variableText = "text of any length"

    package var isText: Bool {
      switch self {
      case .text, .spacedText, .variableText: true
      case .int8, .int16, .int32, .int64, .uint8, .uint16, .uint32, .uint64, .float32, .float64: false
      }
    }
  }

  package let kind: Kind
  /// Bytes of an element in the file.
  package let bytes: Int
  package let isBigEndian: Bool

  /// Reads a datatype message; nil for a type that is not read. An enumeration, such as the truth values of h5py, is read as
  /// its integers.
  static func reading(_ body: ArraySlice<UInt8>) throws(HDF5Damage) -> HDF5Element? {
    guard let first = body.first, first & 0x0F == 8 else { return try HDF5Element(body) }
    guard let element = try HDF5Element(body.dropFirst(8)) else { return nil }
    switch element.kind {
    case .int8, .int16, .int32, .int64, .uint8, .uint16, .uint32, .uint64: return element
    case .float32, .float64, .text, .spacedText, .variableText: return nil
    }
  }

  /// Reads a datatype message; nil for a type that is not read.
  init?(_ body: ArraySlice<UInt8>) throws(HDF5Damage) {
    var cursor = HDF5Cursor(body, of: "a type")
    let form = try cursor.byte()
    let bits = Array(try cursor.take(3))
    bytes = try cursor.count(4)
    guard (1...3).contains(form >> 4) else { return nil }
    switch form & 0x0F {
    case 0:
      isBigEndian = bits[0] & 1 != 0
      // The first bit is at 0, and all bits count: 64, as two bytes.
      guard bits[0] & 0xF6 == 0, bytes <= 8,
        try cursor.take(4).elementsEqual([0, 0, UInt8(8 * bytes), 0])
      else { return nil }
      switch (bytes, bits[0] & 0x08 != 0) {
      case (1, true): kind = .int8
      case (2, true): kind = .int16
      case (4, true): kind = .int32
      case (8, true): kind = .int64
      case (1, false): kind = .uint8
      case (2, false): kind = .uint16
      case (4, false): kind = .uint32
      case (8, false): kind = .uint64
      default: return nil
      }
    case 1:
      isBigEndian = bits[0] & 1 != 0
      let numbers = Array(try cursor.take(12))
      guard bits[0] & 0xFE == 0x20, bits[2] == 0 else { return nil }
      // IEEE: position of the sign, precision, exponent, mantissa, bias.
      switch (bytes, bits[1], numbers) {
      case (4, 31, [0, 0, 32, 0, 23, 8, 0, 23, 127, 0, 0, 0]): kind = .float32
      case (8, 63, [0, 0, 64, 0, 52, 11, 0, 52, 0xFF, 3, 0, 0]): kind = .float64
      default: return nil
      }
    case 3:
      isBigEndian = false
      guard bytes > 0 else { return nil }
      switch bits[0] & 0x0F {
      case 0, 1: kind = .text
      case 2: kind = .spacedText
      default: return nil
      }
    case 9:
      isBigEndian = false
      // A length, and the place of the bytes: an address and a number.
      guard bits[0] & 0x0F == 1, bytes == 16 else { return nil }
      kind = .variableText
    default: return nil
    }
  }
}
