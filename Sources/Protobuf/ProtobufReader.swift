/// A field of a message of Protocol Buffers.
package enum ProtobufField {
  case integer(Int)
  case float(Float)
  case double(Double)
  case bytes(ArraySlice<UInt8>)
}

/// The fields of a message, one after the other.
package struct ProtobufReader: Sequence, IteratorProtocol {
  private var rest: ArraySlice<UInt8>
  /// Whether reading stopped at bytes that are no field.
  package private(set) var isBroken = false

  package init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

  package mutating func next() -> (field: Int, value: ProtobufField)? {
    guard !rest.isEmpty, let key = varint() else { return nil }
    let field = Int(key >> 3)
    switch key & 7 {
    case 0:
      guard let value = varint() else { return nil }
      return (field, .integer(Int(Int64(bitPattern: value))))
    case 1:
      guard let bits = littleEndian(bytes: 8) else { return broken() }
      return (field, .double(Double(bitPattern: bits)))
    case 2:
      guard let count = varint(), count <= UInt64(rest.count) else { return broken() }
      defer { rest = rest.dropFirst(Int(count)) }
      return (field, .bytes(rest.prefix(Int(count))))
    case 5:
      guard let bits = littleEndian(bytes: 4) else { return broken() }
      return (field, .float(Float(bitPattern: UInt32(bits))))
    default: return broken()
    }
  }

  private mutating func broken() -> (field: Int, value: ProtobufField)? {
    isBroken = true
    rest = []
    return nil
  }

  private mutating func littleEndian(bytes count: Int) -> UInt64? {
    guard rest.count >= count else { return nil }
    defer { rest = rest.dropFirst(count) }
    return rest.prefix(count).reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }

  private mutating func varint() -> UInt64? {
    var value: UInt64 = 0
    for shift in stride(from: 0, to: 64, by: 7) {
      guard let byte = rest.popFirst() else { break }
      value |= UInt64(byte & 0x7F) << UInt64(shift)
      if byte < 0x80 { return value }
    }
    isBroken = true
    rest = []
    return nil
  }
}

/// The fields of a message by number.
package struct ProtobufFields {
  private var values: [Int: [ProtobufField]] = [:]

  /// The most fields of a message. A network has some thousand; a field of two bytes takes forty in memory.
  private static let limit = 1 << 20

  /// - Returns: nil for bytes that are no message, and for a message with more fields than a network has.
  package init?(_ bytes: ArraySlice<UInt8>) {
    var reader = ProtobufReader(bytes)
    var count = 0
    while let (field, value) = reader.next() {
      count += 1
      if count > Self.limit { return nil }
      values[field, default: []].append(value)
    }
    if reader.isBroken { return nil }
  }

  package func messages(_ field: Int) -> [ArraySlice<UInt8>] {
    (values[field] ?? []).compactMap { if case .bytes(let bytes) = $0 { bytes } else { nil } }
  }

  package func texts(_ field: Int) -> [String] { messages(field).map { String(decoding: $0, as: UTF8.self) } }

  package func text(_ field: Int) -> String { texts(field).last ?? "" }

  package func integers(_ field: Int) -> [Int] {
    (values[field] ?? []).compactMap { if case .integer(let value) = $0 { value } else { nil } }
  }

  package func integer(_ field: Int) -> Int { integers(field).last ?? 0 }

  package func float(_ field: Int) -> Float {
    if case .float(let value)? = values[field]?.last { value } else { 0 }
  }

  package func double(_ field: Int) -> Double {
    if case .double(let value)? = values[field]?.last { value } else { 0 }
  }
}
