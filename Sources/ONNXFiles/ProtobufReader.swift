/// A field of a message of Protocol Buffers.
enum ProtobufField {
  case integer(Int)
  case float(Float)
  case bytes(ArraySlice<UInt8>)
}

/// The fields of a message, one after the other.
struct ProtobufReader: Sequence, IteratorProtocol {
  private var rest: ArraySlice<UInt8>
  /// Whether reading stopped at bytes that are no field.
  private(set) var isBroken = false

  init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

  mutating func next() -> (field: Int, value: ProtobufField)? {
    guard !rest.isEmpty, let key = varint() else { return nil }
    let field = Int(key >> 3)
    switch key & 7 {
    case 0:
      guard let value = varint() else { return nil }
      return (field, .integer(Int(Int64(bitPattern: value))))
    case 2:
      guard let count = varint(), count <= UInt64(rest.count) else { return broken() }
      defer { rest = rest.dropFirst(Int(count)) }
      return (field, .bytes(rest.prefix(Int(count))))
    case 5:
      guard rest.count >= 4 else { return broken() }
      let bits = rest.prefix(4).reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
      rest = rest.dropFirst(4)
      return (field, .float(Float(bitPattern: bits)))
    default: return broken()
    }
  }

  private mutating func broken() -> (field: Int, value: ProtobufField)? {
    isBroken = true
    rest = []
    return nil
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
struct ProtobufFields {
  private var values: [Int: [ProtobufField]] = [:]

  /// The most fields of a message. A network has some thousand; a field of two bytes takes forty in memory.
  private static let limit = 1 << 20

  /// - Returns: nil for bytes that are no message, and for a message with more fields than a network has.
  init?(_ bytes: ArraySlice<UInt8>) {
    var reader = ProtobufReader(bytes)
    var count = 0
    while let (field, value) = reader.next() {
      count += 1
      if count > Self.limit { return nil }
      values[field, default: []].append(value)
    }
    if reader.isBroken { return nil }
  }

  func messages(_ field: Int) -> [ArraySlice<UInt8>] {
    (values[field] ?? []).compactMap { if case .bytes(let bytes) = $0 { bytes } else { nil } }
  }

  func texts(_ field: Int) -> [String] { messages(field).map { String(decoding: $0, as: UTF8.self) } }

  func text(_ field: Int) -> String { texts(field).last ?? "" }

  func integers(_ field: Int) -> [Int] {
    (values[field] ?? []).compactMap { if case .integer(let value) = $0 { value } else { nil } }
  }

  func integer(_ field: Int) -> Int { integers(field).last ?? 0 }

  func float(_ field: Int) -> Float {
    if case .float(let value)? = values[field]?.last { value } else { 0 }
  }
}
