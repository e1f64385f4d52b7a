/// The types of elements that data sets and attributes of a checkpoint have.
package enum HDF5Type: Equatable {
  case float32
  case float64
  case int64
  case uint64
  case uint32
  /// A text of fixed size, bytes.
  case text(Int)

  /// Bytes of an element.
  var bytes: Int {
    switch self {
    case .float32, .uint32: 4
    case .float64, .int64, .uint64: 8
    case .text(let size): size
    }
  }

  /// Reads a datatype message; nil for a type that no checkpoint has.
  init?(_ body: ArraySlice<UInt8>) throws(HDF5Damage) {
    guard let element = try HDF5Element(body), !element.isBigEndian else { return nil }
    switch element.kind {
    case .float32: self = .float32
    case .float64: self = .float64
    case .int64: self = .int64
    case .uint64: self = .uint64
    case .uint32: self = .uint32
    case .text: self = .text(element.bytes)
    case .int8, .int16, .int32, .uint8, .uint16, .spacedText, .variableText: return nil
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
