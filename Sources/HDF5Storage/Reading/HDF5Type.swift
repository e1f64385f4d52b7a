/// The types of elements that data sets and attributes of a checkpoint have.
package enum HDF5Type: Equatable {
  case float32
  case float64
  case int64
  case uint64
  /// A text of fixed size, bytes.
  case text(Int)

  /// Bytes of an element.
  var bytes: Int {
    switch self {
    case .float32: 4
    case .float64, .int64, .uint64: 8
    case .text(let size): size
    }
  }

  /// Reads a datatype message; nil for a type that no checkpoint has.
  init?(_ body: ArraySlice<UInt8>) throws(HDF5Damage) {
    var cursor = HDF5Cursor(body, of: "a type")
    let kind = try cursor.byte()
    let bits = Array(try cursor.take(3))
    let size = try cursor.count(4)
    guard (1...3).contains(kind >> 4) else { return nil }
    switch kind & 0x0F {
    // A text that ends with a zero or is padded with zeros.
    case 3 where bits[0] & 0x0F <= 1 && size > 0: self = .text(size)
    case 0:
      // Bit offset 0, precision 64, little-endian.
      guard size == 8, try cursor.take(4).elementsEqual([0, 0, 64, 0]), [0x00, 0x08].contains(bits[0]) else {
        return nil
      }
      self = bits[0] == 0 ? .uint64 : .int64
    case 1:
      let form = Array(try cursor.take(12))
      switch (bits, form) {
      // IEEE: position of the sign, precision, exponent, mantissa, bias.
      case ([0x20, 31, 0], [0, 0, 32, 0, 23, 8, 0, 23, 127, 0, 0, 0]) where size == 4: self = .float32
      case ([0x20, 63, 0], [0, 0, 64, 0, 52, 11, 0, 52, 0xFF, 3, 0, 0]) where size == 8: self = .float64
      default: return nil
      }
    default: return nil
    }
  }
}

/// A number that a checkpoint stores as an attribute or as a data set of one element.
package protocol HDF5Number {
  static var storedType: HDF5Type { get }
  /// - Parameter bytes: exactly the bytes of one number.
  init(littleEndianBytes bytes: some Sequence<UInt8>)
}

extension HDF5Number where Self: FixedWidthInteger {
  package init(littleEndianBytes bytes: some Sequence<UInt8>) {
    self = bytes.reversed().reduce(0) { $0 << 8 | Self(truncatingIfNeeded: $1) }
  }
}

extension Int64: HDF5Number { package static var storedType: HDF5Type { .int64 } }
extension UInt64: HDF5Number { package static var storedType: HDF5Type { .uint64 } }
extension Double: HDF5Number {
  package static var storedType: HDF5Type { .float64 }
  package init(littleEndianBytes bytes: some Sequence<UInt8>) {
    self.init(bitPattern: UInt64(littleEndianBytes: bytes))
  }
}
