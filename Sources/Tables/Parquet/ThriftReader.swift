/// Reads values of Thrift's compact protocol from bytes that may be damaged.
///
/// Source: https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
struct ThriftReader {
  /// Types of values, as fields and lists name them.
  enum Kind: UInt8 {
    case isTrue = 1
    case isFalse, byte, int16, int32, int64, double, binary, list, set, map, structure
  }

  /// A field of a structure.
  struct Field {
    let id: Int
    let kind: Kind
  }

  private let bytes: UnsafeRawBufferPointer
  private(set) var position: Int
  private var depth = 0

  init(_ bytes: UnsafeRawBufferPointer, at position: Int = 0) {
    self.bytes = bytes
    self.position = position
  }

  /// Reads the fields of a structure. Fields for which `body` returns false are skipped.
  mutating func structure(_ body: (inout ThriftReader, Field) throws -> Bool) throws {
    depth += 1
    guard depth <= 16 else { throw ParquetFault.damaged("structures are nested more than 16 deep") }
    var id = 0
    while true {
      let head = try byte()
      if head == 0 { break }
      id = head >> 4 == 0 ? try integer() : id + Int(head >> 4)
      guard (0...0x7FFF).contains(id) else { throw ParquetFault.damaged("a field has the number \(id)") }
      let field = Field(id: id, kind: try Self.kind(head & 15))
      if try !body(&self, field) { try skip(field.kind) }
    }
    depth -= 1
  }

  /// Reads a list of structures, which `element` reads.
  mutating func list(_ field: Field, _ element: (inout ThriftReader) throws -> Void) throws {
    try expect(.list, field)
    let (kind, count) = try listHead()
    guard kind == .structure || count == 0 else { throw mismatch(field, "a list of structures") }
    for _ in 0..<count { try element(&self) }
  }

  /// Reads a whole number.
  mutating func integer(_ field: Field) throws -> Int {
    switch field.kind {
    case .byte: Int(Int8(bitPattern: try byte()))
    case .int16, .int32, .int64: try integer()
    case .isTrue, .isFalse, .double, .binary, .list, .set, .map, .structure:
      throw mismatch(field, "a whole number")
    }
  }

  /// Reads a whole number that is not negative.
  mutating func size(_ field: Field) throws -> Int {
    let value = try integer(field)
    guard value >= 0 else { throw ParquetFault.damaged("a size is \(value)") }
    return value
  }

  func boolean(_ field: Field) throws -> Bool {
    guard field.kind == .isTrue || field.kind == .isFalse else { throw mismatch(field, "true or false") }
    return field.kind == .isTrue
  }

  mutating func text(_ field: Field) throws -> String {
    try expect(.binary, field)
    let text = try binary()
    guard text.isPlainText else { throw ParquetFault.damaged("a name is not UTF-8") }
    return String(decoding: text, as: UTF8.self)
  }

  private func expect(_ kind: Kind, _ field: Field) throws {
    guard field.kind == kind else { throw mismatch(field, "\(kind)") }
  }

  private func mismatch(_ field: Field, _ expected: String) -> ParquetFault {
    .damaged("field \(field.id) of a structure is \(field.kind), expected \(expected)")
  }

  private static func kind(_ code: UInt8) throws -> Kind {
    guard let kind = Kind(rawValue: code) else { throw ParquetFault.damaged("a value has the type \(code)") }
    return kind
  }
}

// Values without their fields.
extension ThriftReader {
  private mutating func byte() throws -> UInt8 {
    guard position < bytes.count else { throw ParquetFault.damaged("a structure is cut off") }
    defer { position += 1 }
    return bytes[position]
  }

  private mutating func varint() throws -> UInt64 {
    var (value, shift) = (UInt64(0), UInt64(0))
    while true {
      let next = try byte()
      guard shift < 63 || next <= 1 else { throw ParquetFault.damaged("a number has more than 64 bits") }
      value |= UInt64(next & 127) << shift
      if next < 128 { return value }
      shift += 7
    }
  }

  private mutating func integer() throws -> Int {
    let value = try varint()
    return Int(bitPattern: UInt(value >> 1)) ^ -Int(value & 1)
  }

  private mutating func binary() throws -> UnsafeBufferPointer<UInt8> {
    let count = try varint()
    guard count <= UInt64(bytes.count - position) else { throw ParquetFault.damaged("a text is cut off") }
    defer { position += Int(count) }
    return UnsafeRawBufferPointer(rebasing: bytes[position..<position + Int(count)])
      .assumingMemoryBound(to: UInt8.self)
  }

  /// The type and the number of the elements, each of which takes at least a byte.
  private mutating func listHead() throws -> (Kind, Int) {
    let head = try byte()
    let count = head >> 4 == 15 ? try varint() : UInt64(head >> 4)
    guard count <= UInt64(bytes.count - position) else { throw ParquetFault.damaged("a list is cut off") }
    return (try Self.kind(head & 15), Int(count))
  }

  private mutating func skip(_ kind: Kind) throws {
    switch kind {
    case .isTrue, .isFalse: break
    case .byte: _ = try byte()
    case .int16, .int32, .int64: _ = try varint()
    case .double: for _ in 0..<8 { _ = try byte() }
    case .binary: _ = try binary()
    case .list, .set:
      let (element, count) = try listHead()
      try skip(element, count)
    case .map:
      let count = try varint()
      guard count <= UInt64(bytes.count - position) else { throw ParquetFault.damaged("a map is cut off") }
      guard count > 0 else { break }
      let kinds = try byte()
      let (key, value) = (try Self.kind(kinds >> 4), try Self.kind(kinds & 15))
      for _ in 0..<count {
        try skip(key, 1)
        try skip(value, 1)
      }
    case .structure: try structure { _, _ in false }
    }
  }

  /// Skips elements. Outside of a structure true and false take a byte.
  private mutating func skip(_ kind: Kind, _ count: Int) throws {
    depth += 1
    guard depth <= 16 else { throw ParquetFault.damaged("lists are nested more than 16 deep") }
    for _ in 0..<count {
      if kind == .isTrue || kind == .isFalse { _ = try byte() } else { try skip(kind) }
    }
    depth -= 1
  }
}
